import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verhoeffDigit } from '../../uin/verhoeff.ts';
import { deviceOf } from '../device.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { DEFAULT_IDENTITY_SCHEMA, type IdentitySchema } from '../identity-schema.ts';
import type { MasterData } from '../master-data.ts';
import {
  AT,
  adult,
  capturedBy,
  captureOf,
  capturesWith,
  infant,
  minutesAfter,
  payloadOf,
  STATION,
  slap,
} from '../policy.fixture.ts';
import { DEFAULT_STATION_LIMITS } from '../station-limits.ts';
import { checkCaptureTime, DEFAULT_CAPTURE_TIME_POLICY } from './capture-time.ts';
import { checkFields } from './consent-and-fields.ts';
import { checkDevices, DEFAULT_DEVICE_POLICY } from './devices.ts';
import { checkIntroducer, DEFAULT_INTRODUCER_POLICY } from './introducer.ts';
import { checkOperator, checkPlaces, checkSupervisor } from './people-and-places.ts';
import { checkSession, DEFAULT_SESSION_POLICY } from './session.ts';

const codes = (findings: readonly { readonly code: string; readonly detail: string }[]): string[] =>
  findings.map(({ code, detail }) => `${code} ${detail}`);
const nothing: MasterData = { approval: false, limits: DEFAULT_STATION_LIMITS, blocked: [], calibrated: [] };

describe('the fields of a form', () => {
  const check = (change: object, schema: IdentitySchema = DEFAULT_IDENTITY_SCHEMA) =>
    codes(checkFields({ ...adult, identity: { ...adult.identity, ...change } }, schema));

  it.each([
    ['phone', '+212 600'],
    ['phone', 600000000],
    ['email', 'nobody'],
    ['email', [{ language: 'eng', value: 'a@b.org' }]],
    ['postalCode', 'x'],
    ['fullName', [{ language: 'eng', value: 'A'.repeat(257) }]],
    ['IDSchemaVersion', '0.1'],
  ])('%s: %j is not as the schema demands', (field, value) => {
    expect(check({ [field]: value })).toEqual([`ENR-VAL-009 ${field}`]);
  });

  it.each([
    ['phone', '+212600000000'],
    ['email', 'a.b@example.org'],
    ['gender', [{ language: 'eng', value: 'MLE' }]],
    ['postalCode', '10114'],
    ['phone', ' '],
    ['constructor', 'a field of the country'],
  ])('%s: %j is', (field, value) => {
    expect(check({ [field]: value })).toEqual([]);
  });

  it('that nobody knows may be there, unless the country forbids it', () => {
    expect(check({ shoeSize: 43 })).toEqual([]);
    expect(check({ shoeSize: 43 }, { ...DEFAULT_IDENTITY_SCHEMA, unknownFields: 'refuse' })).toEqual([
      'ENR-VAL-009 shoeSize',
    ]);
  });

  it('are demanded by age group; of whom the age is not known, only what everyone must give', () => {
    const fields = {
      ...DEFAULT_IDENTITY_SCHEMA.fields,
      phone: { kind: 'text', requiredFor: ['ADULT'] },
      issued: { kind: 'date', requiredFor: [] },
    } as const;
    const schema: IdentitySchema = { ...DEFAULT_IDENTITY_SCHEMA, fields };
    expect(check({}, schema)).toEqual(['ENR-VAL-002 phone']);
    expect(check({ dateOfBirth: '2024/01/01' }, schema)).toEqual([]);
    expect(check({ dateOfBirth: '', gender: '' }, schema)).toEqual(['ENR-VAL-002 dateOfBirth', 'ENR-VAL-002 gender']);
    expect(check({ phone: '1', issued: '2024/02/30' }, schema)).toEqual(['ENR-VAL-009 issued']);
    expect(check({ phone: '1', issued: '2024/02/29' }, schema)).toEqual([]);
  });
});

describe('an introducer', () => {
  const { introducerRID: _, ...orphan } = infant.identity;
  const check = (change: object, policy = DEFAULT_INTRODUCER_POLICY, facts: Partial<EnrolmentFacts> = {}) =>
    codes(checkIntroducer({ ...infant, ...facts, identity: { ...orphan, ...change } }, policy));
  const uin = `345678901${verhoeffDigit('345678901')}`;

  it('is named for an infant and a minor, and need not be for an adult', () => {
    expect(check({})).toEqual(['ENR-VAL-010 introducer']);
    expect(check({ dateOfBirth: '2015/01/01' })).toEqual(['ENR-VAL-010 introducer']);
    expect(check({ dateOfBirth: '1990/01/01' })).toEqual([]);
  });

  it.each([
    ['introducerRID', '10001100770000120260201100000'],
    ['introducerUIN', uin],
    ['introducerVID', '1234567890123456'],
    ['parentOrGuardianRID', '10001100770000120260201100000'],
    ['parentOrGuardianUIN', uin],
    ['parentOrGuardianVID', '1234567890123456'],
  ])('is named by %s', (field, value) => {
    const withVids = { ...DEFAULT_INTRODUCER_POLICY, vidSuffices: true };
    expect(check({ [field]: value }, withVids)).toEqual([]);
    expect(check({ [field]: `${value.slice(0, -1)}${(Number(value.at(-1)) + 1) % 10}x` }, withVids)).toEqual([
      `ENR-VAL-009 ${field}`,
    ]);
  });

  it('is not named by a VID alone while none are issued', () => {
    const vid = { introducerVID: '1234567890123456' };
    expect(check(vid)).toEqual(['ENR-INT-003 introducer']);
    expect(check({ ...vid, introducerUIN: uin })).toEqual([]);
  });

  it('whose number has a digit wrong is refused, also beside one that is right', () => {
    const wrong = `${uin.slice(0, -1)}${(Number(uin.at(-1)) + 1) % 10}`;
    expect(check({ introducerUIN: wrong, introducerVID: '1234567890123456' })).toEqual(['ENR-VAL-009 introducerUIN']);
    expect(check({ introducerUIN: wrong, dateOfBirth: '1990/01/01' })).toEqual(['ENR-VAL-009 introducerUIN']);
  });

  it('is captured only where the country asks for it', () => {
    const asked = { ...DEFAULT_INTRODUCER_POLICY, biometrics: true };
    const named = { introducerUIN: uin };
    expect(check(named, asked)).toEqual(['ENR-VAL-011 introducer']);
    expect(check(named, asked, { introducer: [captureOf('FACE', { exception: true })] })).toEqual([
      'ENR-VAL-011 introducer',
    ]);
    expect(check(named, asked, { introducer: [captureOf('FACE')] })).toEqual([]);
  });
});

describe('the time of the capture', () => {
  const DAY_MINUTES = 24 * 60;
  const check = (sealedMinutesLater: number, policy = DEFAULT_CAPTURE_TIME_POLICY) =>
    checkCaptureTime({ ...adult, sealedAt: minutesAfter(sealedMinutesLater) }, policy).map(
      ({ code, detail, weight }) => `${code} ${weight} ${detail}`,
    );

  it('is not after the sealing, but for five minutes of a clock', () => {
    expect(check(-5)).toEqual([]);
    expect(check(-5.1)).toEqual(['ENR-VAL-017 refuse 5 min after it was sealed']);
    expect(check(-400 * DAY_MINUTES)).toEqual(['ENR-VAL-017 refuse 576000 min after it was sealed']);
  });

  it('is told when it lies long before the sealing: a draft may take days, an import years', () => {
    expect(check(30 * DAY_MINUTES)).toEqual([]);
    expect(check(30.1 * DAY_MINUTES)).toEqual(['ENR-VAL-018 warn 30 days before it was sealed']);
    expect(check(1500 * DAY_MINUTES)).toEqual(['ENR-VAL-018 warn 1500 days before it was sealed']);
  });

  it('is refused where the country sets a limit', () => {
    const limited = { ...DEFAULT_CAPTURE_TIME_POLICY, refuseAboveDays: 60 };
    expect(check(60 * DAY_MINUTES, limited)).toEqual(['ENR-VAL-018 warn 60 days before it was sealed']);
    expect(check(60.1 * DAY_MINUTES, limited)).toEqual(['ENR-VAL-018 refuse 60 days before it was sealed; at most 60']);
  });
});

describe('a session', () => {
  const check = (minutes: number, facts: Partial<EnrolmentFacts> = {}) =>
    checkSession(
      { ...adult, biometrics: capturesWith({ FACE: { capturedAt: minutesAfter(minutes) } }), ...facts },
      DEFAULT_SESSION_POLICY,
    ).map(({ code, weight }) => `${code} ${weight}`);

  it('may last thirty minutes, and warns after twenty', () => {
    expect(check(-20)).toEqual([]);
    expect(check(-20.1)).toEqual(['ENR-VAL-014 warn']);
    expect(check(-30)).toEqual(['ENR-VAL-014 warn']);
    expect(check(-30.1)).toEqual(['ENR-VAL-012 refuse']);
  });

  it('has no capture from after its end, but for two minutes of a clock', () => {
    expect(check(2)).toEqual([]);
    expect(check(2.1)).toEqual(['ENR-VAL-013 refuse']);
  });

  it('counts the introducer, and not what was never captured', () => {
    expect(check(0, { introducer: [captureOf('FACE', { capturedAt: minutesAfter(-31) })] })).toEqual([
      'ENR-VAL-012 refuse',
    ]);
    const exception = captureOf('FACE', { exception: true, capturedAt: minutesAfter(-500) });
    expect(check(0, { biometrics: [exception] })).toEqual([]);
    expect(check(0, { biometrics: [] })).toEqual([]);
  });

  it('is refused exactly when some capture lies outside of it, whatever the others do', () => {
    const minutes = fc.array(fc.integer({ min: -60, max: 10 }), { minLength: 1, maxLength: 13 });
    fc.assert(
      fc.property(minutes, (all) => {
        const biometrics = all.map((at) => captureOf('FACE', { capturedAt: minutesAfter(at) }));
        const refused = checkSession({ ...adult, biometrics }, DEFAULT_SESSION_POLICY).some(
          ({ weight }) => weight === 'refuse',
        );
        expect(refused).toBe(all.some((at) => at < -30 || at > 2));
      }),
    );
  });
});

describe('a capture device', () => {
  const name = 'SIMULATED SIM-SLAP-4 77';
  const device = { make: slap.make, model: slap.model, serial: slap.serialNo };
  const check = (master: Partial<MasterData>, facts: Partial<EnrolmentFacts> = { biometrics: capturedBy(slap) }) =>
    checkDevices({ ...adult, ...facts }, DEFAULT_DEVICE_POLICY, { ...nothing, ...master }).map(
      ({ code, detail, weight }) => `${code} ${detail} ${weight}`,
    );

  it('is named by its captures, in a JWT or plainly', () => {
    for (const PAYLOAD of [
      payloadOf(slap),
      JSON.stringify({ digitalId: JSON.stringify(slap) }),
      JSON.stringify({ digitalId: slap }),
      `e30.${Buffer.from(payloadOf(slap)).toString('base64url')}.sig`,
    ]) {
      expect(deviceOf({ attributes: { PAYLOAD } })).toEqual(device);
    }
  });

  it('that does not say who it is, or not legibly, or at absurd length, is not known', () => {
    for (const PAYLOAD of [
      '',
      'null',
      '{',
      '{"digitalId":"..."}',
      '{"digitalId":"a.b"}',
      JSON.stringify({ digitalId: { ...slap, serialNo: 77 } }),
      JSON.stringify({ digitalId: slap, padding: 'x'.repeat(16 * 1024) }),
    ]) {
      expect(deviceOf({ attributes: { PAYLOAD } }), PAYLOAD.slice(0, 40)).toBeUndefined();
    }
    expect(deviceOf({ attributes: {} })).toBeUndefined();
  });

  it('is refused, once, when it was blocked at the time of the capture', () => {
    const from = minutesAfter(0);
    expect(check({ blocked: [{ ...device, from }] })).toEqual([`ENR-CMD-005 ${name} refuse`]);
    expect(check({ blocked: [{ ...device, from: minutesAfter(1) }] })).toEqual([]);
    expect(check({ blocked: [{ ...device, from: minutesAfter(-9), until: from }] })).toEqual([]);
    expect(check({ blocked: [{ ...device, serial: '78', from }] })).toEqual([]);
    const introducer = [captureOf('FACE', { attributes: { PAYLOAD: payloadOf(slap) } })];
    expect(check({ blocked: [{ ...device, from }] }, { introducer })).toEqual([`ENR-CMD-005 ${name} refuse`]);
  });

  it('is refused where only others are known, and so is one that does not say which it is', () => {
    expect(check({ known: [device] })).toEqual([]);
    expect(check({ known: [{ ...device, serial: '78' }] })).toEqual([`ENR-CMD-008 ${name} refuse`]);
    const nameless = { biometrics: [captureOf('FACE')] };
    expect(check({ known: [device] }, nameless)).toEqual(['ENR-CMD-008 a device without a name refuse']);
    expect(check({}, nameless)).toEqual([]);
  });

  it('is refused when its calibration had expired, and told of two weeks before', () => {
    const until = (minutes: number) => ({ calibrated: [{ ...device, until: minutesAfter(minutes) }] });
    const days = 24 * 60;
    expect(check(until(0))).toEqual([`ENR-CMD-006 ${name} refuse`]);
    expect(check(until(1))).toEqual([`ENR-CMD-007 ${name} warn`]);
    expect(check(until(14 * days - 1))).toEqual([`ENR-CMD-007 ${name} warn`]);
    expect(check(until(14 * days))).toEqual([]);
    const again = { calibrated: [...until(-1).calibrated, ...until(100 * days).calibrated] };
    expect(check(again)).toEqual([]);
  });
});

describe('people and places', () => {
  const now = [{ from: minutesAfter(-60), until: minutesAfter(60) }];
  const past = [{ from: minutesAfter(-60), until: AT }];
  const facts = { station: STATION, operator: 'amina', capturedAt: AT };
  const check = (change: Partial<MasterData>) => {
    const master = { ...nothing, ...change };
    return codes([...checkPlaces(facts, master), ...checkOperator(facts, master)]);
  };
  const person = (change: Partial<NonNullable<MasterData['people']>[number]> = {}) => ({
    people: [{ id: 'amina', roles: ['operator' as const], periods: now, ...change }],
  });

  it('are not asked about where the country says nothing of them', () => {
    expect(check({})).toEqual([]);
    expect(checkSupervisor('sara', AT, nothing)).toEqual([]);
    expect(checkSupervisor('sara', AT, undefined)).toEqual([]);
  });

  it('must have been admitted at the time of the capture', () => {
    expect(check({ center: now, machine: now, ...person() })).toEqual([]);
    expect(check({ center: past })).toEqual(['ENR-CMD-001 10001']);
    expect(check({ machine: [] })).toEqual([`ENR-CMD-002 ${STATION}`]);
    expect(check(person({ periods: past }))).toEqual(['ENR-CMD-003 operator']);
  });

  it('have captured within the hours of the center, by the clocks of the center', () => {
    // AT is a Sunday, 10:00 in UTC and 11:00 in Tunis.
    const hours = (timeZone: string, day: 'Sun' | 'Mon', from: string, until: string) => ({
      hours: { timeZone, days: { [day]: [{ from, until }] } },
    });
    expect(check(hours('UTC', 'Sun', '08:00', '10:01'))).toEqual([]);
    expect(check(hours('UTC', 'Sun', '08:00', '10:00'))).toEqual(['ENR-CMD-009 10001']);
    expect(check(hours('Africa/Tunis', 'Sun', '11:00', '24:00'))).toEqual([]);
    expect(check(hours('UTC', 'Sun', '11:00', '24:00'))).toEqual(['ENR-CMD-009 10001']);
    expect(check(hours('UTC', 'Mon', '00:00', '24:00'))).toEqual(['ENR-CMD-009 10001']);
    expect(check(hours('Pacific/Auckland', 'Sun', '23:00', '24:00'))).toEqual([]);
  });

  it('is not a matter of what came later', () => {
    expect(check({ center: [...past, { from: minutesAfter(-1), until: minutesAfter(1) }] })).toEqual([]);
  });

  it('serve in their roles only', () => {
    expect(check(person({ roles: ['supervisor'] }))).toEqual(['ENR-CMD-003 operator']);
    expect(check(person({ id: 'bilal' }))).toEqual(['ENR-CMD-003 operator']);
    const master = { ...nothing, ...person() };
    expect(codes(checkSupervisor('amina', AT, master))).toEqual(['ENR-CMD-004 supervisor']);
    expect(checkSupervisor('amina', AT, { ...nothing, ...person({ roles: ['supervisor'] }) })).toEqual([]);
  });
});

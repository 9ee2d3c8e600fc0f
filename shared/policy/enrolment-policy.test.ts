import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROCESSES, type Process } from '../enrolment/enrolment.ts';
import type { DeskFacts, EnrolmentFacts } from './enrolment-facts.ts';
import {
  checkAtDesk,
  checkEnrolment,
  checkGroup,
  DEFAULT_ENROLMENT_POLICY,
  type EnrolmentPolicy,
  RULE_GROUPS,
} from './enrolment-policy.ts';
import { firstRefusal } from './finding.ts';
import { masterDataOf } from './master-data.ts';
import {
  AT,
  adult,
  capturedBy,
  captureOf,
  capturesWith,
  correction,
  infant,
  minutesAfter,
  proofs,
  STATION,
  slap,
} from './policy.fixture.ts';

const check = (facts: Partial<EnrolmentFacts>, policy: Partial<EnrolmentPolicy> = {}) =>
  checkEnrolment({ ...adult, ...facts }, { ...DEFAULT_ENROLMENT_POLICY, ...policy });
const atDesk = (facts: Partial<DeskFacts>) =>
  checkAtDesk({ ...adult, misfits: [], ...facts }, DEFAULT_ENROLMENT_POLICY);
const refused = (code: string, detail: string) => ({ code, detail, weight: 'refuse' });
const identity = (change: object) => ({ identity: { ...adult.identity, ...change } });

describe('the enrolment policy', () => {
  it('lets a complete enrolment pass, of an adult, of a child, and of a correction', () => {
    for (const facts of [adult, infant, correction]) expect(atDesk(facts)).toEqual([]);
  });

  it('names whatever is missing, with the code of it', () => {
    expect(check({ consent: false })).toEqual([refused('ENR-VAL-001', 'consent')]);
    expect(check(identity({ gender: ' ' }))).toEqual([refused('ENR-VAL-002', 'gender')]);
    expect(check(identity({ fullName: [] }))).toEqual([refused('ENR-VAL-002', 'fullName')]);
    expect(check({ documents: proofs('POI') })).toEqual([refused('ENR-VAL-003', 'POA')]);
    expect(check({ biometrics: adult.biometrics.slice(1) })).toEqual([refused('ENR-VAL-004', 'RIGHT_THUMB')]);
    expect(check(identity({ dateOfBirth: '1990/02/30' }))).toEqual([refused('ENR-VAL-005', 'dateOfBirth')]);
    expect(check({ ...correction, biometrics: [] })).toEqual([refused('ENR-VAL-004', 'nothing was captured again')]);
  });

  it('demands of each process what it needs, and nothing else', () => {
    const UIN = '3127850469';
    const changed = { consent: true, biometrics: adult.biometrics, documents: proofs('POA') };
    const said = (process: Process, facts: Partial<EnrolmentFacts>) =>
      atDesk({ ...changed, process, ...facts }).map(({ code, detail }) => `${code} ${detail}`);
    expect(said('UPDATE', { identity: { UIN, fullName: 'A C' }, documents: [] })).toEqual([]);
    expect(said('UPDATE', { identity: { fullName: 'A C' }, biometrics: [], consent: false })).toEqual([
      'ENR-VAL-001 consent',
      'ENR-VAL-021 UIN',
      'ENR-VAL-020 nothing was captured',
    ]);
    expect(said('RES_UPDATE', { identity: { UIN, city: 'Fes' }, biometrics: [] })).toEqual([]);
    expect(said('RES_UPDATE', { identity: { UIN, fullName: 'A C' }, documents: [] })).toEqual([
      'ENR-VAL-022 fullName',
      'ENR-VAL-023 RES_UPDATE',
      'ENR-VAL-024 RES_UPDATE',
      'ENR-VAL-003 any',
    ]);
    expect(said('LOST', { identity: adult.identity, documents: [] })).toEqual([]);
    expect(said('LOST', { identity: {}, biometrics: [] })).toEqual([
      'ENR-VAL-002 fullName',
      'ENR-VAL-002 dateOfBirth',
      'ENR-VAL-002 gender',
      'ENR-VAL-020 nothing was captured',
    ]);
    expect(said('ACTIVATE', { identity: { UIN }, documents: [] })).toEqual([]);
    expect(said('ACTIVATE', { identity: { UIN, city: 'Fes' }, biometrics: [] })).toEqual([
      'ENR-VAL-022 city',
      'ENR-VAL-020 nothing was captured',
    ]);
    expect(said('DEACTIVATE', { identity: { UIN }, consent: false, biometrics: [] })).toEqual([]);
    expect(said('DEACTIVATE', { identity: {}, documents: [] })).toEqual(['ENR-VAL-021 UIN', 'ENR-VAL-003 any']);
  });

  it('lets a country say which fields may change', () => {
    const given = { UIN: '3127850469', phone: '0600000000', email: 'a@b.cd' };
    const changes = { ...DEFAULT_ENROLMENT_POLICY.changes, UPDATE: ['phone'] };
    expect(check({ process: 'UPDATE', identity: given }, { changes })).toEqual([refused('ENR-VAL-022', 'email')]);
  });

  it('demands the signatures of the devices where the country does, of the introducer too, and none of an exception', () => {
    const signature = 'eyJhbGciOiJSUzI1NiJ9..c2lnbmF0dXJl';
    const signatures = { demanded: true };
    const biometrics = [captureOf('LEFT_INDEX', { signature }), captureOf('LEFT_RING', { signature: 'none' })];
    expect(check({ ...correction, biometrics }, { signatures })).toEqual([refused('ENR-VAL-025', 'LEFT_RING')]);
    const signed = adult.biometrics.map((one) => ({ ...one, signature }));
    const introducer = [captureOf('FACE')];
    expect(check({ biometrics: signed, introducer }, { signatures })).toEqual([refused('ENR-VAL-025', 'FACE')]);
    const missing = [captureOf('LEFT_RING', { exception: true }), captureOf('LEFT_INDEX', { signature })];
    expect(check({ ...correction, biometrics: missing, documents: proofs('POE') }, { signatures })).toEqual([]);
  });

  it('accepts a finger that is recorded as an exception when there is a proof of it', () => {
    const biometrics = capturesWith({ LEFT_RING: { exception: true, quality: 0 } });
    expect(check({ biometrics })).toEqual([refused('ENR-VAL-008', 'LEFT_RING')]);
    expect(check({ biometrics, documents: proofs('POI', 'POA', 'POE') })).toEqual([]);
    const documents = { ...DEFAULT_ENROLMENT_POLICY.documents, exceptionProof: null };
    expect(check({ biometrics }, { documents })).toEqual([]);
  });

  it('asks for the proof of an exception in a correction too, but for no other document', () => {
    const biometrics = [captureOf('LEFT_INDEX'), captureOf('LEFT_RING', { exception: true })];
    expect(check({ ...correction, biometrics })).toEqual([refused('ENR-VAL-008', 'LEFT_RING')]);
    expect(check({ ...correction, biometrics, documents: proofs('POE') })).toEqual([]);
  });

  it('asks an infant for a face and a proof of relationship only', () => {
    expect(check({ ...infant, biometrics: [], documents: [] }).map(({ detail }) => detail)).toEqual(['POR', 'FACE']);
  });

  it('takes no face for impossible to capture: its photograph is the proof of all other exceptions', () => {
    const documents = proofs('POI', 'POA', 'POE');
    const biometrics = capturesWith({ FACE: { exception: true } });
    expect(check({ biometrics, documents })).toEqual([refused('ENR-VAL-019', 'FACE')]);
    expect(check({ ...correction, biometrics, documents })).toEqual([]);
  });

  it('enrols nobody of whom nothing was captured, whatever is proved or asked for', () => {
    const documents = proofs('POI', 'POA', 'POE');
    const nothing = adult.biometrics.map(({ position }) => captureOf(position, { exception: true }));
    expect(check({ biometrics: nothing, documents })).toEqual([
      refused('ENR-VAL-020', 'nothing was captured'),
      refused('ENR-VAL-019', 'FACE'),
    ]);
    const mandatoryPositions = { INFANT: [], MINOR: [], ADULT: [] };
    expect(check({ biometrics: [] }, { mandatoryPositions })).toEqual([refused('ENR-VAL-020', 'nothing was captured')]);
  });

  it('refuses a capture without an image and a document without content, in a correction too', () => {
    const empty = { imageBytes: 0 };
    expect(check({ biometrics: capturesWith({ LEFT_IRIS: empty }) })).toEqual([refused('ENR-VAL-015', 'LEFT_IRIS')]);
    expect(check({ introducer: [captureOf('FACE', empty)] })).toEqual([refused('ENR-VAL-015', 'introducer FACE')]);
    const blank = proofs('POI', 'POA').map((scan) => ({ ...scan, contentBytes: scan.category === 'POA' ? 0 : 1 }));
    expect(check({ documents: blank })).toEqual([refused('ENR-VAL-016', 'id/proofPOA')]);
    expect(check({ ...correction, biometrics: [captureOf('FACE', empty)], documents: blank })).toEqual([
      refused('ENR-VAL-015', 'FACE'),
      refused('ENR-VAL-016', 'id/proofPOA'),
    ]);
  });

  it('tells at the desk, behind what the core would refuse, where the enrolment fits no packet', () => {
    expect(atDesk({ misfits: ['languages.0', 'documents'], consent: false })).toEqual([
      refused('ENR-VAL-001', 'consent'),
      refused('ENR-PKT-008', 'languages.0'),
      refused('ENR-PKT-008', 'documents'),
    ]);
  });

  it('never repeats what stands in a field', () => {
    const secret = { dateOfBirth: 'Bonaparte', phone: 'Bonaparte', introducerUIN: 'Bonaparte' };
    const findings = check(identity(secret));
    expect(findings).toHaveLength(3);
    expect(JSON.stringify(findings)).not.toContain('Bonaparte');
  });
});

describe('quality at the desk', () => {
  const poor = { quality: 20 };
  const forced = { quality: 20, retries: 3, forceCaptured: true };

  it('has a poor capture repeated while the person is there', () => {
    expect(atDesk({ biometrics: capturesWith({ LEFT_INDEX: poor }) })).toEqual([refused('ENR-QUA-001', 'LEFT_INDEX')]);
    const early = { ...forced, retries: 2 };
    expect(atDesk({ biometrics: capturesWith({ LEFT_INDEX: early }) })).toEqual([refused('ENR-QUA-001', 'LEFT_INDEX')]);
    expect(atDesk({ ...correction, biometrics: [captureOf('LEFT_INDEX', poor)] })).toEqual([
      refused('ENR-QUA-001', 'LEFT_INDEX'),
    ]);
  });

  it('lets the best that could be had go after the last retry, and says what may come of it', () => {
    expect(atDesk({ biometrics: capturesWith({ LEFT_INDEX: forced }) })).toEqual([
      { code: 'ENR-QUA-003', detail: 'LEFT_INDEX', weight: 'warn' },
    ]);
  });

  it('is no reason for the core to refuse: it asks for a correction', () => {
    expect(check({ biometrics: capturesWith({ LEFT_INDEX: poor, FACE: poor }) })).toEqual([]);
  });
});

describe('desk and core', () => {
  const master = masterDataOf(
    {
      v: 1,
      kind: 'station',
      station: STATION,
      number: 1,
      at: AT,
      center: [{ from: '2026-01-01T00:00:00Z' }],
      people: [{ id: 'amina', roles: ['operator'], periods: [{ from: '2026-01-01T00:00:00Z' }] }],
      approval: false,
      limits: {},
    },
    {
      v: 1,
      kind: 'devices',
      station: STATION,
      number: 1,
      at: AT,
      blocked: [{ make: slap.make, model: slap.model, serial: slap.serialNo, from: '2026-02-01T00:00:00Z' }],
      calibrated: [],
    },
  );
  /** Each thing that can be wrong, alone. */
  const faults: readonly Partial<EnrolmentFacts>[] = [
    { consent: false },
    { identity: { ...adult.identity, fullName: '' } },
    { identity: { ...adult.identity, phone: 'none' } },
    { identity: { ...adult.identity, dateOfBirth: '2020/01/01' } },
    { documents: [] },
    { biometrics: [] },
    { biometrics: capturesWith({ FACE: { capturedAt: minutesAfter(-40) } }) },
    { biometrics: capturesWith({ FACE: { capturedAt: minutesAfter(5) } }) },
    { biometrics: capturesWith({ LEFT_IRIS: { quality: 1 } }) },
    { biometrics: capturedBy(slap) },
    { operator: 'bilal' },
    { capturedAt: '2025-12-31T00:00:00.000Z' },
    { sealedAt: minutesAfter(-10) },
    { documents: proofs('POI', 'POA').map((scan) => ({ ...scan, contentBytes: 0 })) },
    { biometrics: capturesWith({ FACE: { exception: true } }) },
    ...PROCESSES.map((process) => ({ process })),
    { identity: { UIN: '3127850469', fullName: 'A C' } },
  ];

  it('give the same first refusing code for the same facts, and the desk says all that the core would', () => {
    fc.assert(
      fc.property(fc.subarray([...faults]), fc.boolean(), (chosen, withMaster) => {
        const facts: EnrolmentFacts = Object.assign({}, adult, ...chosen);
        const known = withMaster ? master : undefined;
        const core = checkEnrolment(facts, DEFAULT_ENROLMENT_POLICY, known);
        const desk = checkAtDesk({ ...facts, misfits: ['documents'] }, DEFAULT_ENROLMENT_POLICY, known);
        if (firstRefusal(core)) expect(firstRefusal(desk)).toEqual(firstRefusal(core));
        expect(desk).toEqual(expect.arrayContaining(core));
        const inStages = RULE_GROUPS.flatMap((group) => checkGroup(group, facts, DEFAULT_ENROLMENT_POLICY, known));
        expect(inStages).toHaveLength(core.length);
        expect(core).toEqual(expect.arrayContaining(inStages));
        const weights = desk.map(({ weight }) => weight);
        expect(weights).toEqual([...weights].sort());
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type BiometricFacts, FINGERS, IRISES, modalityOf, POSITIONS, type Position } from '../enrolment/enrolment.ts';
import { ageAt, ageGroupOf } from './age.ts';
import { demographicKeys, normaliseName } from './demographic-keys.ts';
import { checkEnrolment, DEFAULT_ENROLMENT_POLICY, type EnrolmentFacts } from './enrolment-policy.ts';
import { DEFAULT_QUALITY_POLICY, judgeQuality } from './quality-policy.ts';

describe('age', () => {
  it('counts completed years at the time of capture', () => {
    expect(ageAt('2006/03/01', '2024-02-29T23:59:59.000Z')).toBe(17);
    expect(ageAt('2006/03/01', '2024-03-01T00:00:00.000Z')).toBe(18);
    expect(ageAt('2024/02/29', '2024-02-29T00:00:00.000Z')).toBe(0);
  });

  it('is unknown for a date that does not exist, lies ahead or is absurd', () => {
    for (const date of ['2023/02/29', '2030/01/01', '1800/01/01', '1990-01-01', '1990/1/1', '']) {
      expect(ageAt(date, '2024-03-01T00:00:00.000Z'), date).toBeUndefined();
    }
  });

  it('puts five into infancy, six and seventeen into minority, eighteen into adulthood', () => {
    expect([5, 6, 17, 18].map(ageGroupOf)).toEqual(['INFANT', 'MINOR', 'MINOR', 'ADULT']);
  });
});

const complete: EnrolmentFacts = {
  process: 'NEW',
  consent: true,
  identity: { fullName: [{ language: 'eng', value: 'A B' }], dateOfBirth: '1990/01/01', gender: 'FLE' },
  biometrics: POSITIONS.map((position) => ({ position, exception: false })),
  documents: [{ category: 'POI' }, { category: 'POA' }],
  capturedAt: '2024-03-01T00:00:00.000Z',
};
const check = (change: Partial<EnrolmentFacts>) => checkEnrolment({ ...complete, ...change }, DEFAULT_ENROLMENT_POLICY);
const identity = (change: object) => ({ identity: { ...complete.identity, ...change } });

describe('the enrolment policy', () => {
  it('lets a complete enrolment pass', () => {
    expect(check({})).toEqual([]);
  });

  it('names whatever is missing, with the code of it', () => {
    expect(check({ consent: false })).toEqual([{ code: 'ENR-VAL-001', detail: 'consent' }]);
    expect(check(identity({ gender: ' ' }))).toEqual([{ code: 'ENR-VAL-002', detail: 'gender' }]);
    expect(check(identity({ fullName: [] }))).toEqual([{ code: 'ENR-VAL-002', detail: 'fullName' }]);
    expect(check({ documents: [{ category: 'POI' }] })).toEqual([{ code: 'ENR-VAL-003', detail: 'POA' }]);
    expect(check({ biometrics: complete.biometrics.slice(1) })).toEqual([
      { code: 'ENR-VAL-004', detail: 'RIGHT_THUMB' },
    ]);
    expect(check(identity({ dateOfBirth: '1990/02/30' }))).toEqual([{ code: 'ENR-VAL-005', detail: 'dateOfBirth' }]);
    expect(check({ process: 'LOST' })).toEqual([{ code: 'ENR-VAL-006', detail: 'LOST' }]);
  });

  it('accepts a missing finger that is recorded as an exception', () => {
    const biometrics = POSITIONS.map((position) => ({ position, exception: position === 'LEFT_RING' }));
    expect(check({ biometrics })).toEqual([]);
  });

  it('asks an infant for a face and a proof of relationship only', () => {
    const infant = identity({ dateOfBirth: '2022/01/01' });
    expect(
      check({ ...infant, biometrics: [{ position: 'FACE', exception: false }], documents: [{ category: 'POR' }] }),
    ).toEqual([]);
    expect(check({ ...infant, biometrics: [], documents: [] }).map(({ detail }) => detail)).toEqual(['POR', 'FACE']);
  });

  it('never repeats what stands in a field', () => {
    expect(JSON.stringify(check(identity({ dateOfBirth: 'Bonaparte' })))).not.toContain('Bonaparte');
  });
});

describe('the quality policy', () => {
  const capture = (
    position: Position,
    quality: number,
  ): Pick<BiometricFacts, 'position' | 'modality' | 'quality' | 'exception'> => ({
    position,
    modality: modalityOf(position),
    quality,
    exception: false,
  });
  const judge = (scores: readonly [Position, number][]) =>
    judgeQuality(
      scores.map(([position, quality]) => capture(position, quality)),
      DEFAULT_QUALITY_POLICY,
    );

  it('lets good captures pass and reports the lowest of each modality', () => {
    const good = judge([...FINGERS.map((f, i): [Position, number] => [f, 60 + i]), ['LEFT_IRIS', 70], ['FACE', 90]]);
    expect(good).toEqual({ lowest: { finger: 60, iris: 70, face: 90 }, poor: [] });
  });

  it('asks for a capture under the minimum although the average is fine', () => {
    const scores = FINGERS.map((finger, index): [Position, number] => [finger, index === 3 ? 29 : 90]);
    expect(judge(scores).poor).toEqual([FINGERS[3]]);
  });

  it('asks for all captures under a missed average although each has the minimum', () => {
    const scores = FINGERS.map((finger, index): [Position, number] => [finger, index < 2 ? 41 : 35]);
    expect(judge(scores).poor).toEqual(FINGERS.slice(2));
  });

  it('does not judge exceptions', () => {
    const irises = IRISES.map((position) => ({ ...capture(position, 0), exception: true }));
    expect(judgeQuality(irises, DEFAULT_QUALITY_POLICY)).toEqual({ lowest: {}, poor: [] });
  });
});

describe('demographic keys', () => {
  const secret = new Uint8Array(32).fill(7);
  const person = {
    fullName: [
      { language: 'fra', value: 'Zoé  Béranger' },
      { language: 'ara', value: 'زُوِي بِرَانجِي' },
    ],
    dateOfBirth: '1990/01/01',
    gender: [{ language: 'fra', value: 'FLE' }],
  };

  it('are the same however the name is written', () => {
    const again = {
      ...person,
      fullName: [
        { language: 'ara', value: 'زوي برانجي' },
        { language: 'fra', value: ' ZOE-BERANGER ' },
      ],
      gender: 'FLE',
    };
    expect(demographicKeys(again, secret)).toEqual(demographicKeys(person, secret));
    expect(demographicKeys(person, secret)).toHaveLength(2);
  });

  it('differ with name, birth, gender, language and the secret', () => {
    const [key] = demographicKeys(person, secret);
    const others = [
      demographicKeys({ ...person, dateOfBirth: '1990/01/02' }, secret),
      demographicKeys({ ...person, gender: 'MLE' }, secret),
      demographicKeys({ ...person, fullName: [{ language: 'ara', value: 'سارة' }] }, secret),
      demographicKeys(person, new Uint8Array(32).fill(8)),
    ];
    for (const keys of others) expect(keys[0]).not.toBe(key);
  });

  it('are none when a field is missing', () => {
    expect(demographicKeys({ fullName: person.fullName, gender: 'FLE' }, secret)).toEqual([]);
    expect(demographicKeys({ dateOfBirth: '1990/01/01', gender: 'FLE' }, secret)).toEqual([]);
  });

  it('are found for a name that does not say its language', () => {
    const plain = { ...person, fullName: 'Zoé Béranger' };
    expect(demographicKeys(plain, secret)).toHaveLength(1);
    expect(demographicKeys({ ...plain, fullName: 'zoe beranger' }, secret)).toEqual(demographicKeys(plain, secret));
  });

  it('leave the letters of every script alone', () => {
    expect(normaliseName('  Ångström, Łukasz ')).toBe('angstrom łukasz');
    expect(normaliseName('أحمد')).toBe(normaliseName('احمد'));
  });

  it('keep apart names that only a vowel sign tells apart', () => {
    for (const [one, other] of [
      ['मीना', 'मोना'],
      ['রিনা', 'রানু'],
      ['கமலா', 'கோமலி'],
    ]) {
      expect(normaliseName(one ?? '')).not.toBe(normaliseName(other ?? ''));
    }
  });

  it('do not depend on the order of the languages of the gender', () => {
    const gender = [
      { language: 'fra', value: 'F' },
      { language: 'ara', value: 'أ' },
    ];
    const one = demographicKeys({ ...person, gender }, secret);
    expect(demographicKeys({ ...person, gender: [...gender].reverse() }, secret)).toEqual(one);
  });
});

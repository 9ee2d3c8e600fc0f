import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BiometricFacts, FINGERS, IRISES, modalityOf, type Position } from '../enrolment/enrolment.ts';
import { ageAt, ageGroupOf } from './age.ts';
import { demographicKeys, normaliseName } from './demographic-keys.ts';
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

  it('goes up by one on each birthday, at midnight, and at no other time', () => {
    const day = fc.date({ min: new Date('1930-01-01'), max: new Date('2025-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 100 }), (born, years) => {
        const birth = born.toISOString().slice(0, 10).replaceAll('-', '/');
        // Who is born on 29 February has their birthday on 1 March in other years.
        const birthday = Date.UTC(born.getUTCFullYear() + years, born.getUTCMonth(), born.getUTCDate());
        expect(ageAt(birth, new Date(birthday).toISOString())).toBe(years);
        expect(ageAt(birth, new Date(birthday - 1).toISOString())).toBe(years - 1);
      }),
    );
  });

  it('puts five into infancy, six and seventeen into minority, eighteen into adulthood', () => {
    expect([5, 6, 17, 18].map(ageGroupOf)).toEqual(['INFANT', 'MINOR', 'MINOR', 'ADULT']);
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

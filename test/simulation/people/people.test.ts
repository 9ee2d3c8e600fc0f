import { createHash } from 'node:crypto';
import { readCbeff } from '@enroute/shared/cbeff/read.ts';
import { writeCbeff } from '@enroute/shared/cbeff/write.ts';
import { type FieldValue, type LocalText, POSITIONS } from '@enroute/shared/enrolment/enrolment.ts';
import { deviceOf } from '@enroute/shared/policy/device.ts';
import { factsOf } from '@enroute/shared/policy/enrolment-facts.ts';
import { checkAtDesk, DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import { PDFDocument } from 'pdf-lib';
import { describe, expect, it } from 'vitest';
import { GROUPS, type Group } from './captures.ts';
import { traitOf } from './images.ts';
import { duplicateOf, generatePeople, person, recaptured, type SimulatedPerson } from './people.ts';

const now = new Date('2031-05-06T07:08:09.123Z');

const digest = (people: readonly SimulatedPerson[]): string => {
  const hash = createHash('sha256');
  for (const { enrolment, ...facts } of people) {
    const { biometrics, documents, ...form } = enrolment;
    hash.update(JSON.stringify([facts, form]));
    for (const { image, ...capture } of biometrics) hash.update(JSON.stringify(capture)).update(image);
    for (const { content, ...document } of documents) hash.update(JSON.stringify(document)).update(content);
  }
  return hash.digest('hex');
};

async function all(people: AsyncIterable<SimulatedPerson>): Promise<SimulatedPerson[]> {
  const list: SimulatedPerson[] = [];
  for await (const one of people) list.push(one);
  return list;
}

const inLanguages = (value: FieldValue | undefined): readonly LocalText[] => (typeof value === 'object' ? value : []);
const traits = ({ enrolment }: SimulatedPerson): string[] => enrolment.biometrics.map(({ image }) => traitOf(image));
const images = ({ enrolment }: SimulatedPerson): string[] =>
  enrolment.biometrics.map(({ image }) => createHash('sha256').update(image).digest('hex'));
const qualities = ({ enrolment }: SimulatedPerson, group: Group): number[] =>
  enrolment.biometrics
    .filter(({ position }) => GROUPS[group].some((member) => member === position))
    .map(({ quality }) => quality);
const average = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

describe('an invented person', () => {
  it('is the same to the byte for the same seed, and another one for another', async () => {
    const again = { seed: 7, count: 3, now, duplicateEvery: 3 };
    const first = digest(await all(generatePeople(again)));
    expect(digest(await all(generatePeople(again)))).toBe(first);
    expect(digest(await all(generatePeople({ ...again, seed: 8 })))).not.toBe(first);
    expect(digest(await all(generatePeople({ ...again, station: '4200700022' })))).not.toBe(first);
  });

  it('is the same whether asked for alone or in a row', async () => {
    const [, , third] = await all(generatePeople({ seed: 7, count: 3, now }));
    expect(third === undefined ? '' : digest([third])).toBe(digest([await person(7, 2, { now })]));
  });

  it('has a form in three languages and two scripts, an adult of the time', async () => {
    const { identity, languages, capturedAt, consent } = (await person(1, 1, { now })).enrolment;
    expect({ languages, capturedAt, consent }).toEqual({
      languages: ['eng', 'fra', 'ara'],
      capturedAt: now.toISOString(),
      consent: true,
    });
    for (const field of ['fullName', 'addressLine1', 'region', 'province', 'city', 'zone']) {
      const spelled = inLanguages(identity[field]);
      expect(spelled.map(({ language }) => language)).toEqual(languages);
      expect(spelled.map(({ value }) => /\p{Script=Arabic}/u.test(value))).toEqual([false, false, true]);
      expect(spelled.map(({ value }) => /\p{Script=Latin}/u.test(value))).toEqual([true, true, false]);
    }
    expect(new Set(inLanguages(identity.gender).map(({ value }) => value)).size).toBe(1);
    expect(identity.dateOfBirth).toMatch(/^\d{4}\/\d\d\/\d\d$/);
    expect(Number(String(identity.dateOfBirth).slice(0, 4))).toBeLessThanOrEqual(2013);
    expect(identity.phone).toMatch(/^06\d{8}$/);
    expect(identity.email).toMatch(/@example\.org$/);
  });

  it('has all thirteen captures, good ones, signed by the one certificate of the station', async () => {
    const { biometrics } = (await person(1, 2, { now })).enrolment;
    expect(biometrics.map(({ position }) => position)).toEqual([...POSITIONS]);
    for (const { position, quality, attributes } of biometrics) {
      expect(quality).toBeGreaterThanOrEqual(position === 'FACE' ? 90 : 60);
      expect(quality).toBeLessThanOrEqual(98);
      expect(JSON.parse(attributes.PAYLOAD ?? '')).toMatchObject({ qualityScore: String(quality) });
    }
    const parts = biometrics.map(({ signature }) => signature.split('.'));
    expect(new Set(parts.map(([header]) => header)).size).toBe(1);
    expect(new Set(parts.map(([, , signature]) => signature)).size).toBe(13);
  });

  it('passes the default policy at the desk; with poor prints, with a warning for each', async () => {
    const check = ({ enrolment, station }: SimulatedPerson): string[] =>
      checkAtDesk(
        factsOf(enrolment, { process: 'NEW', station, operator: 'amina', sealedAt: enrolment.capturedAt }),
        DEFAULT_ENROLMENT_POLICY,
      ).map(({ code, weight }) => `${code} ${weight}`);
    for await (const one of generatePeople({ seed: 12, count: 50, now })) expect(check(one)).toEqual([]);
    const poor = await person(12, 0, { now, poorQuality: 'leftSlap' });
    expect(new Set(check(poor))).toEqual(new Set(['ENR-QUA-003 warn']));
    expect(check(await recaptured(poor))).toEqual([]);
  });

  it('is captured by devices that say who they are', async () => {
    const { biometrics } = (await person(1, 2, { now })).enrolment;
    const models = biometrics.map((capture) => deviceOf(capture)?.model);
    expect([...new Set(models)]).toEqual(['SIM-SLAP-4', 'SIM-IRIS-2', 'SIM-FACE-1']);
  });

  it('has images that say what they are', async () => {
    for (const { modality, image } of (await person(1, 3, { now })).enrolment.biometrics) {
      const head = new TextDecoder('latin1').decode(image.subarray(0, 8));
      const length = new DataView(image.buffer, image.byteOffset).getUint32(8);
      if (modality === 'finger') expect([head, length]).toEqual(['FIR\u0000020\u0000', image.length]);
      if (modality === 'face') expect([head, length]).toEqual(['FAC\u0000030\u0000', image.length]);
    }
  });

  it('comes out of CBEFF XML as it went in', async () => {
    const { biometrics } = (await person(1, 4, { now })).enrolment;
    expect(readCbeff(writeCbeff(biometrics))).toEqual(biometrics);
  });

  it('brings three proofs, each a PDF with the name in it', async () => {
    const { documents, identity } = (await person(1, 5, { now })).enrolment;
    expect(documents.map(({ category }) => category)).toEqual(['POI', 'POA', 'POR']);
    for (const { content } of documents) {
      const pdf = await PDFDocument.load(content, { updateMetadata: false });
      expect(pdf.getPageCount()).toBe(1);
      expect(pdf.getTitle()).toContain(inLanguages(identity.fullName)[0]?.value);
      expect(pdf.getCreationDate()?.getTime()).toBe(Math.floor(now.getTime() / 1000) * 1000);
    }
  });
});

describe('a thousand people', () => {
  it('are all different, in their forms, their fingers and their proofs', async () => {
    const genders = new Set<string>();
    const seen = { forms: new Set(), phones: new Set(), traits: new Set(), images: new Set(), proofs: new Set() };
    for await (const one of generatePeople({ seed: 3, count: 1000, now })) {
      const { identity, documents } = one.enrolment;
      seen.forms.add(JSON.stringify([identity.fullName, identity.dateOfBirth, identity.gender]));
      seen.phones.add(identity.phone);
      for (const { value } of inLanguages(identity.gender)) genders.add(value);
      for (const trait of traits(one)) seen.traits.add(trait);
      for (const image of images(one)) seen.images.add(image);
      for (const { content } of documents) seen.proofs.add(createHash('sha256').update(content).digest('hex'));
    }
    expect([...genders].sort()).toEqual(['FLE', 'MLE']);
    const sizes = Object.entries(seen).map(([what, set]) => [what, set.size]);
    expect(Object.fromEntries(sizes)).toEqual({
      forms: 1000,
      phones: 1000,
      traits: 13_000,
      images: 13_000,
      proofs: 3_000,
    });
  });
});

describe('planted cases', () => {
  const bare = (name: string): string =>
    name.normalize('NFD').replace(/\p{M}/gu, '').replace(/\s+/g, ' ').trim().toLowerCase();

  it.each([0, 1, 2])('the same person again (%i): the name written differently, and captured anew', async (index) => {
    const known = await person(5, index, { now });
    const again = await duplicateOf(known);
    const { fullName, ...rest } = again.enrolment.identity;
    const { fullName: knownName, ...knownRest } = known.enrolment.identity;
    expect(rest).toEqual(knownRest);
    for (const [i, { value }] of inLanguages(fullName).entries()) {
      const before = inLanguages(knownName)[i]?.value ?? '';
      expect(value).not.toBe(before);
      expect(bare(value)).toBe(bare(before));
    }
    expect(traits(again)).toEqual(traits(known));
    expect(images(again).filter((image) => images(known).includes(image))).toEqual([]);
    expect(again).toMatchObject({ seed: 5, index, visit: 1 });
    expect(again.enrolment.capturedAt > known.enrolment.capturedAt).toBe(true);
  });

  it.each(['leftSlap', 'rightSlap', 'thumbs'] as const)('poor prints of the %s', async (group) => {
    for (let index = 0; index < 40; index++) {
      const poor = await person(6, index, { now, poorQuality: group });
      const scores = qualities(poor, group);
      expect(Math.min(...scores)).toBeLessThan(30);
      expect(average(scores)).toBeLessThan(40);
      const others = poor.enrolment.biometrics.filter(({ forceCaptured }) => !forceCaptured);
      expect(others).toHaveLength(13 - scores.length);
      expect(Math.min(...others.map(({ quality }) => quality))).toBeGreaterThanOrEqual(60);
    }
  });

  it('the poor prints captured again: the same person, good scores, the same form', async () => {
    const poor = await person(6, 1, { now, poorQuality: 'leftSlap' });
    const good = await recaptured(poor);
    expect(Math.min(...good.enrolment.biometrics.map(({ quality }) => quality))).toBeGreaterThanOrEqual(60);
    expect(good.enrolment.biometrics.some(({ forceCaptured }) => forceCaptured)).toBe(false);
    expect(traits(good)).toEqual(traits(poor));
    expect(images(good)).not.toEqual(images(poor));
    expect(good.enrolment.identity).toEqual(poor.enrolment.identity);
  });

  it('come as often as a population is asked to have them', async () => {
    const people = await all(generatePeople({ seed: 9, count: 12, now, duplicateEvery: 4, poorQualityEvery: 3 }));
    expect(people.map(({ index }) => index)).toEqual([0, 1, 2, 2, 4, 5, 6, 6, 8, 9, 10, 10]);
    const poor = people.map((one) => average(qualities(one, 'leftSlap')) < 40);
    expect(poor.flatMap((is, place) => (is ? [place] : []))).toEqual([2, 5, 8]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POSITIONS } from '../enrolment/enrolment.ts';
import { readCbeff } from './read.ts';
import { writeCbeff } from './write.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../shared/samples/mosip-packet');
const FILE = join(SAMPLE, 'id/individualBiometrics_bio_CBEFF.xml');
const present = existsSync(FILE);

describe.skipIf(!present)(`a real MOSIP enrolment${present ? '' : ' (skipped: set ENROUTE_SAMPLE_PACKET)'}`, () => {
  const source = present ? readFileSync(FILE, 'utf8') : '';
  const textsOf = (xml: string, tag: string): string[] =>
    Array.from(xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g')), (match) => match[1] ?? '');

  it('holds each of the thirteen positions once', () => {
    expect(readCbeff(source).map(({ position }) => position)).toHaveLength(POSITIONS.length);
    expect(new Set(readCbeff(source).map(({ position }) => position))).toEqual(new Set(POSITIONS));
  });

  it('comes back with every image and signature to the letter, broken ones too', () => {
    const read = readCbeff(source);
    expect(read.filter(({ imageTail }) => imageTail !== '').length).toBeGreaterThan(0);
    expect(read.filter(({ signatureEncoding }) => signatureEncoding === 'text').length).toBeGreaterThan(0);
    const written = writeCbeff(read);
    expect(textsOf(written, 'BDB')).toEqual(textsOf(source, 'BDB'));
    expect(textsOf(written, 'SB')).toEqual(textsOf(source, 'SB'));
  });

  it('comes back whole but for the line ends, which XML does not keep', () => {
    expect(writeCbeff(readCbeff(source)) === source.replaceAll('\r\n', '\n')).toBe(true);
  });
});

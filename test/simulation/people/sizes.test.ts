import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readCbeff } from '@enroute/shared/cbeff/read.ts';
import { writeCbeff } from '@enroute/shared/cbeff/write.ts';
import type { Biometric } from '@enroute/shared/enrolment/enrolment.ts';
import { describe, expect, it } from 'vitest';
import { generatePeople } from './people.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../../shared/samples/mosip-packet');
const FILE = join(SAMPLE, 'id/individualBiometrics_bio_CBEFF.xml');
const present = existsSync(FILE);
const TOLERANCE = 0.15;
const PEOPLE = 20;

/** What a packet weighs, as XML and as binary, before and after compression. */
function weigh(biometrics: readonly Biometric[]): Record<string, number> {
  const xml = writeCbeff(biometrics);
  const pictures = biometrics.map(({ image }) => image);
  const binary = [...pictures, ...biometrics.map(({ image: _, ...facts }) => Buffer.from(JSON.stringify(facts)))];
  const flat = (parts: readonly Uint8Array[]): Uint8Array => {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  return {
    xml: xml.length,
    xmlGzip: gzipSync(xml).length,
    xmlZstd: zstdCompressSync(xml).length,
    images: flat(pictures).length,
    imagesGzip: gzipSync(flat(pictures)).length,
    binaryZstd: zstdCompressSync(flat(binary)).length,
  };
}

describe.skipIf(!present)(`beside a real packet${present ? '' : ' (skipped: set ENROUTE_SAMPLE_PACKET)'}`, () => {
  it(`each of ${PEOPLE} invented people weighs the same within ${TOLERANCE * 100} %, raw and compressed`, async () => {
    const real = weigh(readCbeff(readFileSync(FILE, 'utf8')));
    for await (const { enrolment } of generatePeople({ seed: 11, count: PEOPLE, now: new Date('2031-05-06') })) {
      for (const [what, bytes] of Object.entries(weigh(enrolment.biometrics))) {
        const ratio = bytes / (real[what] ?? Number.NaN);
        expect(ratio, `${what} of person`).toBeGreaterThan(1 - TOLERANCE);
        expect(ratio, `${what} of person`).toBeLessThan(1 + TOLERANCE);
      }
    }
  });
});

import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSealingKeyPair, publicKeyOf } from '../crypto/keys.ts';
import type { Biometric, Enrolment, ScannedDocument } from '../enrolment/enrolment.ts';
import { openContainer, packContainer } from './container.ts';
import {
  findMisfits,
  packEnrolment,
  readBiometricFacts,
  readDocumentFacts,
  readEnrolment,
  readIntroducerFacts,
} from './contents.ts';
import { FRAME_BYTES, FRAME_PLAIN_BYTES } from './format.ts';
import { openPacket, readPacketHeader } from './open.ts';
import { sealPacket } from './seal.ts';

const rid = '10001100770000120240229235959';
const core = newSealingKeyPair();
const keyFor = (keyId: string) => (keyId === core.keyId ? core : undefined);
const sealedAt = new Date('2024-03-01T00:00:00Z');

function seal(container: Uint8Array) {
  return sealPacket({ rid, process: 'NEW', sealedAt, reader: publicKeyOf(core), container });
}

/** Bytes that can't be compressed, the same on every run. */
function noise(length: number): Uint8Array {
  let state = 0x9e3779b9;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

const finger: Biometric = {
  position: 'RIGHT_INDEX',
  modality: 'finger',
  quality: 71,
  capturedAt: '2024-02-29T23:50:00.000Z',
  formatOwner: 'Mosip',
  formatType: '7',
  level: 'Raw',
  purpose: 'Enroll',
  exception: false,
  retries: 1,
  forceCaptured: false,
  signature: 'a..b',
  signatureEncoding: 'base64',
  attributes: { SPEC_VERSION: '0.9.5' },
  imageEncoding: 'base64url',
  imageTail: 'x',
  image: noise(150_000),
};

const enrolment: Enrolment = {
  identity: { fullName: [{ language: 'ara', value: 'ليلى' }], dateOfBirth: '1990/01/01', IDSchemaVersion: 0.1 },
  languages: ['eng', 'ara'],
  consent: true,
  biometrics: [finger],
  documents: [
    {
      name: 'proofOfIdentity',
      category: 'POI',
      type: 'DOC001',
      format: 'pdf',
      owner: 'Applicant',
      subPacket: 'evidence',
      content: noise(1500),
    },
  ],
  capturedAt: '2024-02-29T23:59:59.000Z',
};

const context = { rid, process: 'NEW', station: '1000110077', operator: 'op-1' } as const;

describe('a packet', () => {
  it('gives back the very enrolment that was sealed', async () => {
    const { bytes } = seal(await packEnrolment(context, enrolment));
    const { header, container } = openPacket(bytes, keyFor);
    expect(header).toMatchObject({ rid, process: 'NEW', keyId: core.keyId, sealedAt: sealedAt.toISOString() });
    const back = readEnrolment(container);
    expect({
      ...back,
      biometrics: back.biometrics.map((b) => ({ ...b, image: Uint8Array.from(b.image) })),
      documents: back.documents.map((d) => ({ ...d, content: Uint8Array.from(d.content) })),
    }).toEqual(enrolment);
    const { image: _, ...facts } = finger;
    expect(readBiometricFacts(container)).toEqual([{ ...facts, imageBytes: 150_000 }]);
    const [{ content: __, ...document }] = enrolment.documents as [ScannedDocument];
    expect(readDocumentFacts(container)).toEqual([{ ...document, contentBytes: 1500 }]);
  });

  it('says of what is empty that it is, without unpacking anything', async () => {
    const biometrics = [{ ...finger, image: new Uint8Array() }];
    const documents = enrolment.documents.map((document) => ({ ...document, content: new Uint8Array() }));
    const container = openContainer(await packEnrolment(context, { ...enrolment, biometrics, documents }));
    expect(readBiometricFacts(container)).toMatchObject([{ imageBytes: 0 }]);
    expect(readDocumentFacts(container)).toMatchObject([{ contentBytes: 0 }]);
  });

  it('never takes two documents of one name: the second would lie where the first does', async () => {
    const [first] = enrolment.documents as [ScannedDocument];
    const twice = { ...enrolment, documents: [first, { ...first, content: noise(3) }] };
    await expect(packEnrolment(context, twice)).rejects.toThrow(/ENR-PKT-008.*two documents of one name/);
    const apart: Enrolment = { ...enrolment, documents: [first, { ...first, subPacket: 'id', content: noise(3) }] };
    const back = readEnrolment(openContainer(await packEnrolment(context, apart)));
    expect(back.documents.map(({ content }) => content.byteLength)).toEqual([1500, 3]);
  });

  it.each<[string, Partial<Enrolment>, string]>([
    ['a position twice', { biometrics: [finger, finger] }, 'biometrics (a position stands twice)'],
    [
      "the introducer's quality",
      { introducer: { biometrics: [{ ...finger, quality: 101 }] } },
      'introducer.biometrics.0.quality',
    ],
    ['a language of two letters', { languages: ['en'] }, 'languages.0'],
    [
      'a text in such a language',
      { identity: { fullName: [{ language: 'en', value: 'Leila' }] } },
      'identity.fullName.0.language',
    ],
    [
      'too many fields',
      { identity: Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`f${n}`, 'Leila'])) },
      'identity (too many fields)',
    ],
    ['a name that is none', { identity: { 'Leila 0611223344': 'x' } }, 'identity (a name that is none)'],
    ['a time that is none', { capturedAt: '2024-02-30T00:00:00Z' }, 'capturedAt'],
  ])(
    'names the place of a misfit, before and when it is packed, and nothing of the person: %s',
    async (_, change, place) => {
      const misfit = { ...enrolment, ...change };
      expect(findMisfits(misfit)).toEqual([place]);
      const refusal = await packEnrolment(context, misfit).catch(String);
      expect(refusal).toContain(`(${place})`);
      expect(refusal).not.toMatch(/Leila|06112/);
      expect(findMisfits(enrolment)).toEqual([]);
    },
  );

  it("holds the introducer's captures beside the applicant's, and nothing of the kind when there is none", async () => {
    const parent: Biometric = { ...finger, position: 'LEFT_IRIS', modality: 'iris', image: noise(700) };
    const child = { ...enrolment, introducer: { biometrics: [parent] } };
    const container = openContainer(await packEnrolment(context, child));
    const back = readEnrolment(container);
    expect(back.introducer?.biometrics.map((b) => ({ ...b, image: Uint8Array.from(b.image) }))).toEqual([parent]);
    expect(back.biometrics.map(({ position }) => position)).toEqual(['RIGHT_INDEX']);
    const { image: _, ...facts } = parent;
    expect(readIntroducerFacts(container)).toEqual([{ ...facts, imageBytes: 700 }]);
    expect(readBiometricFacts(container).map(({ position }) => position)).toEqual(['RIGHT_INDEX']);

    const alone = openContainer(await packEnrolment(context, enrolment));
    expect(alone.paths.filter((path) => path.includes('introducer'))).toEqual([]);
    expect(readIntroducerFacts(alone)).toBeUndefined();
    expect(readEnrolment(alone)).not.toHaveProperty('introducer');
  });

  it.each([
    ['a position twice', [finger, finger]],
    ['a quality above 100', [{ ...finger, quality: 101 }]],
  ])("refuses an introducer's captures with %s, as it does the applicant's", async (_, biometrics) => {
    for (const change of [{ biometrics }, { introducer: { biometrics } }]) {
      await expect(packEnrolment(context, { ...enrolment, ...change })).rejects.toThrow(/ENR-PKT-008/);
    }
  });

  it('is different every time, because its key is', async () => {
    const container = await packEnrolment(context, enrolment);
    expect(seal(container).digest).not.toBe(seal(container).digest);
  });

  it('shows nothing of the person to whoever holds no key', async () => {
    const { bytes } = seal(await packEnrolment(context, enrolment));
    expect(Buffer.from(bytes).includes('ليلى')).toBe(false);
    expect(Buffer.from(bytes).includes('SPEC_VERSION')).toBe(false);
    expect(Object.keys(readPacketHeader(bytes)).sort()).toEqual(['keyId', 'process', 'rid', 'sealedAt', 'sealedKey']);
  });

  it('does not open with another key', async () => {
    const { bytes } = seal(await packEnrolment(context, enrolment));
    expect(() => openPacket(bytes, () => undefined)).toThrow(/ENR-PKT-005/);
    expect(() => openPacket(bytes, () => newSealingKeyPair())).toThrow(/ENR-PKT-006/);
  });

  it('is refused when any byte of it was changed', async () => {
    const { bytes } = seal(await packEnrolment(context, { ...enrolment, biometrics: [], documents: [] }));
    for (let at = 0; at < bytes.byteLength; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openPacket(changed, keyFor), `byte ${at}`).toThrow(/ENR-PKT-00[1-9]/);
    }
  });

  it('is refused at every length but its own', async () => {
    const { bytes } = seal(noise(2 * FRAME_PLAIN_BYTES + 5));
    const lengths = [0, 3, 7, 8, 100, 300, bytes.byteLength - 22, bytes.byteLength - 5, bytes.byteLength - 1];
    for (const length of lengths)
      expect(() => openPacket(bytes.subarray(0, length), keyFor)).toThrow(/ENR-PKT-00[136]/);
    expect(() => openPacket(Buffer.concat([bytes, noise(1)]), keyFor)).toThrow(/ENR-PKT-00[67]/);
    // Cut exactly between two frames, where only the missing final tag tells.
    const frames = bytes.byteLength - FRAME_BYTES * 2 - 22;
    expect(() => openPacket(bytes.subarray(0, frames + FRAME_BYTES), keyFor)).toThrow(/ENR-PKT-003/);
  });

  it('is refused with a whole frame behind its end', async () => {
    const { bytes } = seal(noise(FRAME_PLAIN_BYTES));
    expect(() => openPacket(Buffer.concat([bytes, noise(40)]), keyFor)).toThrow(/ENR-PKT-007/);
  });

  it('is refused when two frames changed places', async () => {
    const { bytes } = seal(noise(3 * FRAME_PLAIN_BYTES));
    const from = bytes.byteLength - 3 * FRAME_BYTES;
    const swapped = Uint8Array.from(bytes);
    swapped.copyWithin(from, from + FRAME_BYTES, from + 2 * FRAME_BYTES);
    swapped.set(bytes.subarray(from, from + FRAME_BYTES), from + FRAME_BYTES);
    expect(() => openPacket(swapped, keyFor)).toThrow(/ENR-PKT-006/);
  });

  it('is refused when it calls itself another version, or is larger than allowed', async () => {
    const { bytes } = seal(noise(10));
    const newer = Uint8Array.from(bytes);
    newer[4] = 2;
    expect(() => openPacket(newer, keyFor)).toThrow(/ENR-PKT-002/);
    expect(() => openPacket(new Uint8Array(16 * 1024 * 1024 + 1), keyFor)).toThrow(/ENR-PKT-009/);
    expect(() => seal(noise(16 * 1024 * 1024))).toThrow(/ENR-PKT-009/);
  });
});

describe('a container', () => {
  it('gives back whatever was put in, compressed only where it pays', async () => {
    const text = new TextEncoder().encode('again and '.repeat(100));
    const packed = await packContainer(
      new Map([
        ['meta.json', text],
        ['id/biometrics/FACE', noise(1000)],
        ['optional/x', new Uint8Array()],
      ]),
    );
    expect(packed.byteLength).toBeLessThan(1400);
    const container = openContainer(packed);
    expect(container.paths).toEqual(['meta.json', 'id/biometrics/FACE', 'optional/x']);
    expect(Uint8Array.from(container.read('meta.json'))).toEqual(text);
    expect(Uint8Array.from(container.read('id/biometrics/FACE'))).toEqual(noise(1000));
    expect(container.read('optional/x').byteLength).toBe(0);
    expect([...container.paths, 'id/nothing'].map(container.bytesOf)).toEqual([1000, 1000, 0, 0]);
    expect(() => container.read('id/nothing')).toThrow(/ENR-PKT-008/);
  });

  it('compresses what shrinks, and takes bytes that are compressed already as they are, small or large', async () => {
    const text = new TextEncoder().encode('the same words again and again, '.repeat(3_000));
    const scan = Buffer.concat([noise(20_000), Buffer.alloc(300_000)]);
    const contents = new Map([
      ['id/text', text],
      ['id/scan', scan],
      ['id/short', new TextEncoder().encode('{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}'.repeat(9))],
      ['id/image', noise(6_000)],
      ['id/large', noise(200_000)],
    ]);
    const packed = await packContainer(contents);
    const whole = [...contents.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(whole - packed.byteLength).toBeGreaterThan(text.byteLength + 300_000 - 5_000);
    const container = openContainer(packed);
    for (const [path, content] of contents) expect(Buffer.from(container.read(path)).equals(content)).toBe(true);
  });

  it.each(['../etc/passwd', 'id/../x', '/id/x', 'id//x', 'other/x', 'id/.hidden', 'id/a/b/c/d', ''])(
    'refuses the path "%s"',
    async (path) => {
      await expect(packContainer(new Map([[path, noise(1)]]))).rejects.toThrow(/ENR-PKT-008/);
    },
  );

  function withIndex(index: unknown, data: Uint8Array): Uint8Array {
    const json = Buffer.from(JSON.stringify(index));
    const prefix = Buffer.from([0x45, 0x4e, 0x52, 0x43, 1, 0, 0, 0]);
    prefix.writeUIntBE(json.byteLength, 5, 3);
    return Buffer.concat([prefix, json, data]);
  }

  it('refuses an entry that unpacks to more than it states', async () => {
    const bomb = deflateRawSync(new Uint8Array(10_000_000));
    const entry = { path: 'id/x', bytes: 100, storedBytes: bomb.byteLength, encoding: 'deflate-raw' };
    expect(() => openContainer(withIndex({ entries: [entry] }, bomb)).read('id/x')).toThrow(/ENR-PKT-008/);
  });

  it('refuses an index that promises more than 64 MiB, repeats a path or does not match the length', async () => {
    const stored = deflateRawSync(new Uint8Array(10));
    const entry = { path: 'id/x', bytes: 40_000_000, storedBytes: stored.byteLength, encoding: 'deflate-raw' };
    const two = Buffer.concat([stored, stored]);
    expect(() => openContainer(withIndex({ entries: [entry, { ...entry, path: 'id/y' }] }, two))).toThrow(
      /ENR-PKT-009/,
    );
    expect(() => openContainer(withIndex({ entries: [entry, entry] }, two))).toThrow(/ENR-PKT-008/);
    expect(() => openContainer(withIndex({ entries: [entry] }, two))).toThrow(/ENR-PKT-008/);
  });

  it('never does anything but read or refuse, whatever the bytes', async () => {
    const packed = await packContainer(
      new Map([
        ['meta.json', noise(50)],
        ['id/identity.json', new Uint8Array(300)],
      ]),
    );
    fc.assert(
      fc.property(fc.nat(packed.byteLength - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Uint8Array.from(packed);
        changed[at] = value;
        try {
          const container = openContainer(changed);
          for (const path of container.paths) container.read(path);
        } catch (error) {
          expect(String(error)).toMatch(/ENR-PKT-/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

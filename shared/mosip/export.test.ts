import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Biometric,
  type Enrolment,
  modalityOf,
  POSITIONS,
  PROCESSES,
  type ScannedDocument,
  SUB_PACKETS,
} from '../enrolment/enrolment.ts';
import { type ExportContext, mosipFromEnrolment } from './export.ts';
import { enrolmentFromMosip } from './import.ts';
import { PACKET_LIMITS } from './packet-files.ts';
import { mosipPacketZip } from './packet-zip.ts';
import { findSubPacketZips, readSubPacketZips } from './sub-packet-zips.ts';
import { thumb, utf8 } from './test-packet.ts';
import { budgetOf, openZip } from './unzip.ts';

const context: ExportContext = {
  rid: '10001100770000120240229235959',
  process: 'NEW',
  station: '1000110077',
  operator: 'op-1',
  createdAt: '2024-02-29T23:59:59.000Z',
};

const proof: ScannedDocument = {
  name: 'proofOfIdentity',
  category: 'POI',
  type: 'DOC001',
  format: 'pdf',
  owner: 'Applicant',
  subPacket: 'id',
  content: utf8('%PDF-1.4'),
};

const child: Enrolment = {
  identity: {
    fullName: [
      { language: 'eng', value: 'Layla & <Co>' },
      { language: 'ara', value: 'ليلى' },
    ],
    dateOfBirth: '2020/02/29',
    introducerRID: '10001100770000020240229235959',
    IDSchemaVersion: 0.1,
  },
  languages: ['eng', 'ara'],
  consent: true,
  biometrics: [thumb],
  documents: [proof, { ...proof, name: 'proofOfException', category: 'POE', subPacket: 'evidence' }],
  introducer: { biometrics: [{ ...thumb, position: 'FACE', modality: 'face' }] },
  capturedAt: '2024-02-29T23:59:58.000Z',
};

const text = (files: ReadonlyMap<string, Uint8Array>, path: string) => new TextDecoder().decode(files.get(path));

describe("an enrolment in MOSIP's layout", () => {
  it('is made of the files that MOSIP knows, sub-packet by sub-packet', () => {
    const files = mosipFromEnrolment(child, { ...context, supervisor: 'sup-1' });
    expect([...files.keys()]).toEqual([
      'id/ID.json',
      'id/individualBiometrics_bio_CBEFF.xml',
      'id/introducerBiometrics_bio_CBEFF.xml',
      'id/proofOfIdentity.pdf',
      'id/audit.json',
      'id/packet_meta_info.json',
      'id/packet_data_hash.txt',
      'id/packet_operations_hash.txt',
      'evidence/ID.json',
      'evidence/proofOfException.pdf',
      'evidence/packet_meta_info.json',
      'evidence/packet_data_hash.txt',
      'evidence/packet_operations_hash.txt',
    ]);
    expect(JSON.parse(text(files, 'evidence/ID.json'))).toEqual({
      identity: {
        IDSchemaVersion: 0.1,
        proofOfException: { format: 'pdf', type: 'DOC001', value: 'proofOfException' },
      },
    });
    expect(JSON.parse(text(files, 'id/packet_meta_info.json')).identity).toMatchObject({
      registrationId: context.rid,
      operationsData: expect.arrayContaining([
        { label: 'officerId', value: 'op-1' },
        { label: 'supervisorId', value: 'sup-1' },
      ]),
      biometrics: {
        individualBiometrics: { leftThumb: { numRetry: 1, forceCaptured: false, BIRIndex: '0' } },
        introducerBiometrics: { face: { numRetry: 1, forceCaptured: false, BIRIndex: '0' } },
      },
      hashSequence1: [
        {
          label: 'biometricSequence',
          value: ['individualBiometrics_bio_CBEFF', 'introducerBiometrics_bio_CBEFF'],
        },
        { label: 'demographicSequence', value: ['ID', 'proofOfIdentity'] },
      ],
      hashSequence2: [{ label: 'otherFiles', value: ['audit'] }],
    });
    expect(text(files, 'id/packet_data_hash.txt')).toMatch(/^[0-9A-F]{64}$/);
  });

  it('tells a position that could not be captured as an exception', () => {
    const missing: Biometric = { ...thumb, position: 'LEFT_IRIS', modality: 'iris', exception: true };
    const files = mosipFromEnrolment({ ...child, biometrics: [{ ...missing, image: new Uint8Array() }] }, context);
    expect(JSON.parse(text(files, 'id/packet_meta_info.json')).identity).toMatchObject({
      biometrics: { individualBiometrics: {} },
      exceptionBiometrics: { individualBiometrics: { leftEye: { type: 'iris', missingBiometric: 'leftEye' } } },
    });
  });

  it.each<[string, Partial<Enrolment>]>([
    ['a document named as a field', { identity: { proofOfIdentity: 'mine' } }],
    ['a document twice in a sub-packet', { documents: [proof, proof] }],
    ['a document named as a file of MOSIP', { documents: [{ ...proof, name: 'audit' }] }],
    [
      'a document that would replace the metadata',
      { documents: [{ ...proof, name: 'packet_meta_info', format: 'json' }] },
    ],
    ['a document whose name would be a path', { documents: [{ ...proof, name: '../x' }] }],
    ['a document of no format', { documents: [{ ...proof, format: '' }] }],
    ['a document that would pass for biometrics', { documents: [{ ...proof, format: 'CBEFF' }] }],
  ])('does not hold %s', (_, change) => {
    expect(() => mosipFromEnrolment({ ...child, ...change }, context)).toThrow(
      expect.objectContaining({ code: 'MOSIP_UNWRITABLE' }),
    );
  });

  it('reads back, strictly, as who made it and what it was', () => {
    for (const process of PROCESSES) {
      const files = mosipFromEnrolment(child, { ...context, process, supervisor: 'sup-1' });
      expect(enrolmentFromMosip(files, { strict: true })).toEqual({
        enrolment: child,
        process,
        sourceRid: context.rid,
        officerId: 'op-1',
        supervisorId: 'sup-1',
        findings: [],
      });
    }
  });

  it('reads back as the same enrolment, whatever it was', () => {
    fc.assert(
      fc.property(enrolments, (enrolment) => {
        const files = mosipFromEnrolment(enrolment, context);
        expect(enrolmentFromMosip(files, { strict: true })).toMatchObject({ enrolment, findings: [] });
        expect(enrolmentFromMosip(files).enrolment).toEqual(enrolment);
      }),
      { numRuns: 60 },
    );
  });

  it('as a zip of zips is the same bytes every time, and reads back without a doubt', async () => {
    const files = mosipFromEnrolment(child, context);
    const zip = await mosipPacketZip(files, context);
    expect(await mosipPacketZip(files, context)).toEqual(zip);
    const budget = budgetOf(PACKET_LIMITS);
    const { paths, read } = await openZip(zip, budget);
    const place = `REGISTRATION_CLIENT/NEW/${context.rid}`;
    expect(paths).toEqual(['_id.zip', '_id.json', '_evidence.zip', '_evidence.json'].map((end) => place + end));
    const back = await readSubPacketZips(findSubPacketZips(paths), paths, read, budget);
    expect(enrolmentFromMosip(back, { strict: true })).toMatchObject({ enrolment: child, findings: [] });
  });
});

const name = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,20}$/).filter((one) => !/^(id|audit|packet_.*)$/i.test(one));
/** What XML can carry: no control characters, no lone surrogates. */
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((one) => !/\p{Cc}|[\ufffe\uffff]/u.test(one));
const trimmed = anyText.map((one) => one.trim()).filter((one) => one !== '');
const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const bytes = fc.uint8Array({ maxLength: 300 });
const language = fc.stringMatching(/^[a-z]{3}$/);

const captures: fc.Arbitrary<Biometric[]> = fc
  .subarray([...POSITIONS], { maxLength: 3 })
  .chain((positions) => fc.tuple(...positions.map((position) => captureOf(position))));

function captureOf(position: (typeof POSITIONS)[number]): fc.Arbitrary<Biometric> {
  return fc.record({
    position: fc.constant(position),
    modality: fc.constant(modalityOf(position)),
    quality: fc.integer({ min: 0, max: 100 }),
    capturedAt: instant,
    formatOwner: trimmed,
    formatType: trimmed,
    level: fc.constantFrom('Raw', ''),
    purpose: fc.constantFrom('Enroll', ''),
    exception: fc.boolean(),
    retries: fc.nat(1000),
    forceCaptured: fc.boolean(),
    signature: fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/),
    signatureEncoding: fc.constant('base64' as const),
    attributes: fc.dictionary(fc.stringMatching(/^[A-D_]{1,10}$/), anyText, { noNullPrototype: true }),
    image: bytes,
    imageEncoding: fc.constant('base64url' as const),
    imageTail: fc.constant(''),
  });
}

const documents: fc.Arbitrary<ScannedDocument[]> = fc
  .uniqueArray(
    fc.record({
      name: name.map((one) => `d${one}`),
      category: anyText,
      type: anyText,
      format: fc.constantFrom('pdf', 'PDF', 'image/jpeg', 'txt'),
      owner: anyText,
      subPacket: fc.constantFrom(...SUB_PACKETS),
      content: bytes,
    }),
    { selector: (document) => document.name.toLowerCase(), maxLength: 4 },
  )
  // As they come back: MOSIP keeps no order between its sub-packets.
  .map((all) => SUB_PACKETS.flatMap((subPacket) => all.filter((one) => one.subPacket === subPacket)));

const enrolments: fc.Arbitrary<Enrolment> = fc.record(
  {
    identity: fc.dictionary(
      name.map((one) => `f${one}`),
      fc.oneof(anyText, fc.integer(), fc.array(fc.record({ language, value: anyText }), { maxLength: 3 })),
      { maxKeys: 6, noNullPrototype: true },
    ),
    languages: fc.uniqueArray(language, { minLength: 1, maxLength: 3 }),
    consent: fc.boolean(),
    biometrics: captures,
    documents,
    introducer: captures.map((biometrics) => ({ biometrics })),
    capturedAt: instant,
  },
  { requiredKeys: ['identity', 'languages', 'consent', 'biometrics', 'documents', 'capturedAt'] },
);

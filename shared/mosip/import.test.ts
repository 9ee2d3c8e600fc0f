import { describe, expect, it } from 'vitest';
import { DOUBTS, type FindingCode, MosipError, NOTES } from './findings.ts';
import { enrolmentFromMosip } from './import.ts';
import { json, packet, sha256, thumb, utf8, without } from './test-packet.ts';

const codesOf = (files: Map<string, Uint8Array>): FindingCode[] =>
  enrolmentFromMosip(files).findings.map(({ code }) => code);

describe('a MOSIP packet whose hashes are right', () => {
  it('becomes an enrolment, strictly, and without a finding', () => {
    expect(enrolmentFromMosip(packet(), { strict: true })).toEqual({
      enrolment: {
        identity: {
          fullName: [
            { language: 'eng', value: 'Tester One' },
            { language: 'fra', value: 'Testeur Un' },
          ],
          phone: '0600000000',
          IDSchemaVersion: 0.1,
        },
        languages: ['eng', 'fra'],
        consent: true,
        biometrics: [thumb],
        documents: [
          {
            name: 'proofOfAddress',
            category: 'POA',
            type: 'BILL',
            format: 'pdf',
            owner: 'Applicant',
            subPacket: 'id',
            content: utf8('%PDF-1.4 address'),
          },
        ],
        capturedAt: '2031-05-06T07:10:00.000Z',
      },
      process: 'NEW',
      sourceRid: '1'.repeat(29),
      officerId: 'officer-7',
      findings: [],
    });
  });

  it.each([
    ['Update', 'UPDATE'],
    ['LOST', 'LOST'],
    ['DEACTIVATED', 'DEACTIVATE'],
    ['activated', 'ACTIVATE'],
    ['RES_UPDATE', 'RES_UPDATE'],
    ['BIOMETRIC_CORRECTION', 'CORRECTION'],
  ])('of the type %s is the process %s', (registrationType, process) => {
    const files = packet(({ metaData }) => Object.assign(metaData, { registrationType }));
    expect(enrolmentFromMosip(files).process).toBe(process);
  });

  it('takes the languages from the metadata when they are stated', () => {
    const files = packet(({ metaData }) => Object.assign(metaData, { langCodes: '["fra", "eng", "ara"]' }));
    expect(enrolmentFromMosip(files).enrolment.languages).toEqual(['fra', 'eng', 'ara']);
  });
});

/** The applicant's captures once more, in fields of that name. */
const withCaptures = (...fields: string[]): Map<string, Uint8Array> =>
  packet(({ identity }) => {
    for (const field of fields) identity[field] = { format: 'cbeff', value: 'individualBiometrics_bio_CBEFF' };
  });
const enveloped = (path: string, envelope: object): Map<string, Uint8Array> => packet().set(path, json(envelope));

describe('what is odd or doubtful is told, and refused only when strict', () => {
  const changed = packet().set('id/proofOfAddress.pdf', utf8('%PDF-1.4 forged'));
  const evidence = (identity: object, registrationId: string): Record<string, Uint8Array> => ({
    'evidence/ID.json': json({ identity }),
    'evidence/packet_meta_info.json': json({ identity: { registrationId, hashSequence1: [] } }),
    'evidence/packet_data_hash.txt': sha256(),
  });
  const cases: readonly [string, FindingCode, Map<string, Uint8Array>][] = [
    ['a changed document', 'MOSIP_DATA_HASH_MISMATCH', changed],
    ['a hash file taken away', 'MOSIP_DATA_HASH_MISSING', without('id/packet_data_hash.txt')],
    ['changed audits', 'MOSIP_OPERATIONS_HASH_MISMATCH', packet().set('id/audit.json', json([1]))],
    ['no hash of the operation', 'MOSIP_OPERATIONS_HASH_MISSING', without('id/packet_operations_hash.txt')],
    ['a hashed file taken away', 'MOSIP_SEQUENCE_FILE_UNCLEAR', without('id/audit.json')],
    ['a hashed file there twice', 'MOSIP_SEQUENCE_FILE_UNCLEAR', packet().set('id/audit.txt', json([]))],
    ['a file no hash covers', 'MOSIP_FILE_UNHASHED', packet().set('id/more.pdf', utf8('%PDF'))],
    ['no word on what is hashed', 'MOSIP_SEQUENCE_MISSING', packet(({ meta }) => delete meta.hashSequence1)],
    [
      'a sub-packet without metadata',
      'MOSIP_META_MISSING',
      packet().set('evidence/ID.json', json({ identity: { phone: '0600000000' } })),
    ],
    [
      'sub-packets of two registrations',
      'MOSIP_SUB_PACKETS_DISAGREE',
      packet(({ extra }) => Object.assign(extra, evidence({}, '2'.repeat(29)))),
    ],
    [
      'sub-packets that contradict each other',
      'MOSIP_SUB_PACKETS_DISAGREE',
      packet(({ extra }) => Object.assign(extra, evidence({ phone: '0611111111' }, '1'.repeat(29)))),
    ],
    ['no word on consent', 'MOSIP_CONSENT_UNKNOWN', packet(({ metaData }) => delete metaData.consentOfApplicant)],
    [
      'something beside the identity',
      'MOSIP_STRAY_FIELD',
      packet(({ beside }) => Object.assign(beside, { x: 'null' })),
    ],
    [
      'a document nobody described',
      'MOSIP_DOCUMENT_UNDESCRIBED',
      packet(({ meta }) => Object.assign(meta, { documents: [] })),
    ],
    ["a witness's biometrics", 'MOSIP_OTHER_BIOMETRICS_LEFT_OUT', withCaptures('witnessBiometrics')],
    [
      'a second introducer',
      'MOSIP_OTHER_BIOMETRICS_LEFT_OUT',
      withCaptures('introducerBiometrics', 'parentOrGuardianBiometrics'),
    ],
    ['a zip named for another registration', 'MOSIP_ENVELOPE_DISAGREES', enveloped(`${'2'.repeat(29)}_id.json`, {})],
  ];

  it.each(cases)('%s: %s', (_, code, files) => {
    const { findings } = enrolmentFromMosip(files);
    expect(findings.map((found) => found.code)).toContain(code);
    const strictly = () => enrolmentFromMosip(files, { strict: true });
    if (findings.some(({ weight }) => weight === 'doubt')) {
      expect(strictly).toThrow(expect.objectContaining({ code: 'MOSIP_NOT_TRUSTED' }));
    } else expect(strictly).not.toThrow();
  });

  it('with a code for each cause, all tried here', () => {
    const tried = new Set(cases.map(([, code]) => code));
    expect([...DOUBTS, ...NOTES].filter((code) => !tried.has(code))).toEqual([]);
  });

  it('one thing wrong is one finding', () => {
    expect(codesOf(changed)).toEqual(['MOSIP_DATA_HASH_MISMATCH']);
    expect(enrolmentFromMosip(without('id/packet_operations_hash.txt')).findings).toMatchObject([
      { about: 'id/packet_operations_hash.txt', weight: 'doubt' },
    ]);
  });

  it('an unknown consent counts as no', () => {
    const files = packet(({ metaData }) => delete metaData.consentOfApplicant);
    expect(enrolmentFromMosip(files).enrolment.consent).toBe(false);
  });
});

describe('the captures of who vouches for a child', () => {
  it.each(['introducerBiometrics', 'parentOrGuardianBiometrics'])('come from %s and stay apart', (field) => {
    const { enrolment, findings } = enrolmentFromMosip(withCaptures(field), { strict: true });
    expect(enrolment.introducer).toEqual({ biometrics: [thumb] });
    expect(enrolment.biometrics).toEqual([thumb]);
    expect(findings).toEqual([]);
  });
});

describe("the envelopes beside MOSIP's zips", () => {
  const rid = '1'.repeat(29);
  const path = `REGISTRATION_CLIENT/NEW/${rid}_id.json`;

  it('raise no doubt where they agree, or say nothing that can be checked', () => {
    const stated = { id: rid, packetname: `${rid}_id`, process: 'New', refid: '11111_11111', encryptedhash: 'x' };
    for (const envelope of [stated, {}, { id: null, packetname: 'a-name-of-its-own' }]) {
      expect(enrolmentFromMosip(enveloped(path, envelope), { strict: true }).findings).toEqual([]);
    }
    expect(enrolmentFromMosip(enveloped('own-name_id.json', {})).findings).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['another id', path, { id: '2'.repeat(29) }],
    ['another packet', path, { packetname: `${'2'.repeat(29)}_id` }],
    ['another process', path, { process: 'LOST' }],
    ['a process nobody knows', path, { process: 'MARRIAGE' }],
    ['another station', path, { refid: '10001_10077' }],
    ['the folder of another process', path.replace('NEW', 'UPDATE'), {}],
  ])('are doubted with %s', (_, at, envelope) => {
    const { findings } = enrolmentFromMosip(enveloped(at, envelope));
    expect(findings).toMatchObject([{ code: 'MOSIP_ENVELOPE_DISAGREES', weight: 'doubt', about: at }]);
  });

  it('are refused when they are no JSON', () => {
    expect(() => enrolmentFromMosip(packet().set(path, utf8('{')))).toThrow(
      expect.objectContaining({ code: 'MOSIP_NOT_JSON' }),
    );
  });
});

describe('what no enrolment can be made of is refused by name', () => {
  it.each([
    ['a path that climbs out', 'MOSIP_UNSAFE_PATH', packet().set('id/../secret', utf8('x'))],
    ['a path from the root', 'MOSIP_UNSAFE_PATH', packet().set('/etc/passwd', utf8('x'))],
    ['a path of Windows', 'MOSIP_UNSAFE_PATH', packet().set('id/..\\secret', utf8('x'))],
    ['a folder MOSIP does not have', 'MOSIP_UNSAFE_PATH', packet().set('other/ID.json', utf8('x'))],
    ['no files at all', 'MOSIP_FILE_MISSING', new Map<string, Uint8Array>()],
    ['no ID.json', 'MOSIP_FILE_MISSING', without('id/ID.json')],
    ['no metadata', 'MOSIP_FILE_MISSING', without('id/packet_meta_info.json')],
    ['a document that is not there', 'MOSIP_FILE_MISSING', without('id/proofOfAddress.pdf')],
    ['a file out of proportion', 'MOSIP_FILE_TOO_LARGE', packet().set('id/a.pdf', new Uint8Array(2 ** 24 + 1))],
    ['text that is no JSON', 'MOSIP_NOT_JSON', packet().set('id/ID.json', utf8('{"identity":'))],
    ['an identity that is a list', 'MOSIP_BAD_SHAPE', packet().set('id/ID.json', json({ identity: [] }))],
    [
      'a field that points out of the folder',
      'MOSIP_BAD_SHAPE',
      packet(({ identity }) =>
        Object.assign(identity, { proofOfAddress: { format: 'pdf', value: '../../etc/passwd' } }),
      ),
    ],
    ['a field with an evil name', 'MOSIP_BAD_SHAPE', packet(({ identity }) => Object.assign(identity, { 'a/b': '' }))],
    [
      'a process nobody knows',
      'MOSIP_UNKNOWN_PROCESS',
      packet(({ metaData }) => Object.assign(metaData, { registrationType: 'Marriage' })),
    ],
    ['no process', 'MOSIP_UNKNOWN_PROCESS', packet(({ metaData }) => delete metaData.registrationType)],
    ['no date', 'MOSIP_BAD_VALUE', packet(({ meta }) => delete meta.creationDate)],
    ['a date that is none', 'MOSIP_BAD_VALUE', packet(({ meta }) => Object.assign(meta, { creationDate: 'May' }))],
    ...['2031-02-30T07:10:00.000', '2031-02-29T07:10:00+01:00', '2031-04-31T07:10:00Z'].map(
      (creationDate): [string, string, Map<string, Uint8Array>] => [
        `a day that does not exist, ${creationDate}`,
        'MOSIP_BAD_VALUE',
        packet(({ meta }) => Object.assign(meta, { creationDate })),
      ],
    ),
  ])('%s: %s', (_, code, files) => {
    expect(() => enrolmentFromMosip(files)).toThrow(expect.objectContaining({ name: 'MosipError', code }));
  });

  it('and the refusal never quotes a value, which may be personal', () => {
    const files = packet().set('id/ID.json', json({ identity: { phone: ['0611223344'] } }));
    try {
      enrolmentFromMosip(files);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(MosipError);
      expect(String(error)).toContain('identity.phone');
      expect(String(error)).not.toContain('0611223344');
    }
  });

  it('nor what a stranger wrote as a process or as a name', () => {
    const married = packet(({ metaData }) => Object.assign(metaData, { registrationType: 'Leila 0611223344' }));
    expect(() => enrolmentFromMosip(married)).toThrow(/^(?!.*(Leila|0611)).*registration type/);
    const stray = packet(({ beside }) => Object.assign(beside, { 'Leila 0611223344': 'x', more: 'x' }));
    expect(enrolmentFromMosip(stray).findings).toMatchObject([{ code: 'MOSIP_STRAY_FIELD', about: 'id/ID.json' }]);
  });

  it('broken biometrics keep the code of the reader of biometrics', () => {
    const files = packet().set('id/individualBiometrics_bio_CBEFF.xml', utf8('<html></html>'));
    expect(() => enrolmentFromMosip(files)).toThrow(expect.objectContaining({ code: 'CBEFF_NOT_BIR' }));
  });
});

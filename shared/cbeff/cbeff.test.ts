import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Biometric, modalityOf, POSITIONS } from '../enrolment/enrolment.ts';
import { CBEFF_CODES, type CbeffCode, CbeffError } from './errors.ts';
import { readCbeff } from './read.ts';
import { writeCbeff } from './write.ts';
import { MAX_CBEFF_BYTES } from './xml-tree.ts';

const base: Biometric = {
  position: 'LEFT_RING',
  modality: 'finger',
  quality: 71,
  capturedAt: '2031-05-06T07:08:09.010Z',
  formatOwner: 'Mosip',
  formatType: '7',
  level: 'Raw',
  purpose: 'Enroll',
  exception: false,
  retries: 2,
  forceCaptured: true,
  signature: 'aGVhZGVy..c2lnbmF0dXJl',
  signatureEncoding: 'base64',
  attributes: { SDK_SCORE: '0.0', PAYLOAD: '{"bioValue":"<bioValue>","note":"a & b"}', SPEC_VERSION: '0.9.5' },
  image: Uint8Array.of(70, 73, 82, 0, 255, 254),
  imageEncoding: 'base64url',
  imageTail: '',
};

const codeOf = (act: () => unknown): CbeffCode | 'nothing thrown' => {
  try {
    act();
  } catch (error) {
    if (error instanceof CbeffError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

const withBdb = (text: string): string => writeCbeff([base]).replace(/<BDB>.*<\/BDB>/, `<BDB>${text}</BDB>`);
const bdbOf = (xml: string): string | undefined => /<BDB>(.*)<\/BDB>/.exec(xml)?.[1];

describe('reading what was written', () => {
  const line = fc
    .string({ unit: 'grapheme' })
    .filter((text) => !/\p{Surrogate}|[\ufffe\uffff]/u.test(text) && text.trim() === text);
  const anyText = fc.string({ unit: fc.constantFrom('a', '<', '&', '>', '"', "'", '\n', '\r', '\t', ']]>', 'é', '𝄞') });
  const reserved = new Set(['EXCEPTION', 'RETRIES', 'FORCE_CAPTURED']);
  const biometric: fc.Arbitrary<Biometric> = fc
    .record({
      position: fc.constantFrom(...POSITIONS),
      quality: fc.integer({ min: 0, max: 100 }),
      capturedAt: line.filter((text) => text !== ''),
      formatOwner: line.filter((text) => text !== ''),
      formatType: fc.constantFrom('7', '8', '9'),
      level: line,
      purpose: line,
      exception: fc.boolean(),
      retries: fc.integer({ min: 0, max: 99 }),
      forceCaptured: fc.boolean(),
      signature: fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Surrogate}/u.test(text)),
      attributes: fc.dictionary(
        anyText.filter((key) => !reserved.has(key)),
        anyText,
        { noNullPrototype: true },
      ),
      image: fc.uint8Array({ maxLength: 200 }),
    })
    .map((facts) => ({
      ...facts,
      modality: modalityOf(facts.position),
      signatureEncoding: 'base64' as const,
      imageEncoding: 'base64url' as const,
      imageTail: '',
    }));

  it('gives back every capture as it was', () => {
    fc.assert(
      fc.property(fc.array(biometric, { maxLength: 5 }), (biometrics) => {
        expect(readCbeff(writeCbeff(biometrics))).toEqual(biometrics);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps any text of an image or a signature to the letter, decodable or not', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'ABab01_-+/=.'), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(letters, letters, (image, signature) => {
        const source = withBdb(image).replace(/<SB>.*<\/SB>/, `<SB>${signature}</SB>`);
        const written = writeCbeff(readCbeff(source));
        expect(written).toBe(source);
        expect(readCbeff(written)).toEqual(readCbeff(source));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the letters that do not make a whole byte', () => {
    const [read] = readCbeff(withBdb('RklSAAAAx'));
    expect(read).toMatchObject({ image: Uint8Array.of(70, 73, 82, 0, 0, 0), imageTail: 'x' });
    expect(bdbOf(writeCbeff(read === undefined ? [] : [read]))).toBe('RklSAAAAx');
  });

  it('keeps a signature block that is not base64 as the text it is', () => {
    const source = writeCbeff([{ ...base, signature: 'eyJ4NWMiOl', signatureEncoding: 'text' }]);
    expect(readCbeff(source)).toMatchObject([{ signature: 'eyJ4NWMiOl', signatureEncoding: 'text' }]);
  });

  it('reads an exception, which has no image, no signature and no score', () => {
    const source = writeCbeff([{ ...base, exception: true, signature: '', image: new Uint8Array() }]);
    const bare = source.replace(/<Quality>.*<\/Quality>/s, '');
    expect(bare).not.toContain('<BDB>');
    expect(readCbeff(bare)).toMatchObject([{ exception: true, quality: 0, image: new Uint8Array(), signature: '' }]);
  });

  it('reads bytes with a byte order mark, namespace prefixes, line ends of Windows, comments and CDATA', () => {
    const source = writeCbeff([base])
      .replaceAll('<', '<c:')
      .replaceAll('<c:/', '</c:')
      .replaceAll('<c:?', '<?')
      .replace('xmlns=', 'xmlns:c=')
      .replace('0.9.5', '<![CDATA[<&amp;>]]><!-- a remark -->');
    const bytes = new TextEncoder().encode(`\uFEFF${source.replaceAll('\n', '\r\n')}`);
    expect(readCbeff(bytes)).toEqual([{ ...base, attributes: { ...base.attributes, SPEC_VERSION: '<&amp;>' } }]);
  });

  it('lists what was captured as MOSIP does', () => {
    const face = { ...base, position: 'FACE', modality: 'face' } as const;
    expect(writeCbeff([base, face])).toContain('<Value>leftRing, face</Value>');
  });
});

describe('a file that cannot be trusted is refused by name', () => {
  const good = writeCbeff([base]);
  const cases: readonly [string, CbeffCode, string | Uint8Array][] = [
    ['a file beyond the size limit', 'CBEFF_TOO_LARGE', new Uint8Array(MAX_CBEFF_BYTES + 1)],
    ['bytes that are no UTF-8', 'CBEFF_NOT_UTF8', Uint8Array.of(60, 0xff, 62)],
    ['a DOCTYPE', 'CBEFF_DOCTYPE', good.replace('<BIR ', '<!DOCTYPE BIR [<!ENTITY a "b">]><BIR ')],
    ['a broken tag', 'CBEFF_NOT_XML', good.replace('</BDB>', '</BDC>')],
    ['no text at all', 'CBEFF_NOT_XML', ''],
    ['two roots', 'CBEFF_NOT_XML', '<BIR></BIR><BIR></BIR>'],
    ['depth without end', 'CBEFF_NOT_XML', '<BIR>'.repeat(500) + '</BIR>'.repeat(500)],
    ['an entity of its own', 'CBEFF_UNKNOWN_ENTITY', good.replace('Raw', '&secret;')],
    ['an entity named like a method', 'CBEFF_UNKNOWN_ENTITY', good.replace('Raw', '&constructor;')],
    ['a character XML forbids', 'CBEFF_UNKNOWN_ENTITY', good.replace('Raw', '&#0;')],
    ['another kind of document', 'CBEFF_NOT_BIR', '<html></html>'],
    ['a capture without format', 'CBEFF_MISSING_ELEMENT', good.replace(/<Format>.*<\/Format>/s, '')],
    ['a capture without date', 'CBEFF_MISSING_ELEMENT', good.replace(base.capturedAt, ' ')],
    ['a position nobody has', 'CBEFF_UNKNOWN_POSITION', good.replace('Left RingFinger', 'Left SixthFinger')],
    ['a score above 100', 'CBEFF_BAD_VALUE', good.replace('>71<', '>101<')],
    ['a score that is no number', 'CBEFF_BAD_VALUE', good.replace('>71<', '>good<')],
    ['a truth that is neither', 'CBEFF_BAD_VALUE', good.replace('FORCE_CAPTURED">true', 'FORCE_CAPTURED">perhaps')],
    ['retries that are no number', 'CBEFF_BAD_VALUE', good.replace('RETRIES">2', 'RETRIES">-1')],
    ['an entry given twice', 'CBEFF_DUPLICATE_ENTRY', good.replace('SDK_SCORE', 'EXCEPTION')],
  ];

  it.each(cases)('%s: %s', (_, code, xml) => {
    expect(codeOf(() => readCbeff(xml))).toBe(code);
  });

  it('and what XML cannot carry is never written', () => {
    expect(codeOf(() => writeCbeff([{ ...base, level: 'a\u0000b' }]))).toBe('CBEFF_UNWRITABLE_TEXT');
    expect(codeOf(() => writeCbeff([{ ...base, attributes: { EXCEPTION: 'true' } }]))).toBe('CBEFF_DUPLICATE_ENTRY');
  });

  it('with a code for each cause, all tried here', () => {
    const tried = new Set([...cases.map(([, code]) => code), 'CBEFF_UNWRITABLE_TEXT']);
    expect([...CBEFF_CODES].filter((code) => !tried.has(code))).toEqual([]);
  });

  it('and random damage never leads to anything but a coded refusal or a reading', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(30), fc.string({ maxLength: 12 }), (at, cut, put) => {
        codeOf(() => readCbeff(good.slice(0, at) + put + good.slice(at + cut)));
      }),
      { numRuns: 1500 },
    );
  });
});

import { CbeffError } from './errors.ts';

/**
 * Text between XML and us. The parser's own entity handling stays off: only the five names every XML has and plain
 * character numbers are understood here, so nothing a document declares can ever be expanded.
 */

const NAMED = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Characters that XML 1.0 cannot carry at all, not even by number. */
const FORBIDDEN = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}/u;

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,12};)?/g, (whole, body: string | undefined) => {
    const name = body?.slice(0, -1) ?? '';
    const decoded = NAMED.get(name) ?? characterOfNumber(name);
    if (decoded === undefined) {
      throw new CbeffError(
        'CBEFF_UNKNOWN_ENTITY',
        `The CBEFF XML uses "${whole}", which only a DOCTYPE could explain.`,
      );
    }
    return decoded;
  });
}

function characterOfNumber(name: string): string | undefined {
  const match = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name);
  if (match === null) return undefined;
  const point = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  if (point > 0x10ffff) return undefined;
  const character = String.fromCodePoint(point);
  return FORBIDDEN.test(character) ? undefined : character;
}

/** A carriage return goes out by number: a parser would turn it into a line feed otherwise. */
export function escapeText(text: string): string {
  refuseUnwritable(text);
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

export function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;');
}

function refuseUnwritable(text: string): void {
  if (FORBIDDEN.test(text)) {
    throw new CbeffError('CBEFF_UNWRITABLE_TEXT', 'A text of the capture holds a character that XML cannot carry.');
  }
}

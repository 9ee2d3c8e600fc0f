/** Finds secrets in bytes, in whatever form a program may have written them. */

export interface Needle {
  /** What was found, for the message: the secret itself is not repeated. */
  readonly name: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Shorter ones would be found by chance. */
const MIN_BYTES = 6;

/** A text in the forms in which a person's data or a password may lie about. */
export function needlesOfText(name: string, text: string): Needle[] {
  const spellings = new Set(
    [text, text.toLowerCase(), text.toUpperCase()].flatMap((one) => [one.normalize('NFC'), one.normalize('NFD')]),
  );
  return [...spellings].flatMap((spelling) => {
    const utf16le = Buffer.from(spelling, 'utf16le');
    return [
      ...needlesOfBytes(name, Buffer.from(spelling), 'utf-8'),
      needle(name, 'utf-16le', utf16le),
      needle(name, 'utf-16be', Buffer.from(utf16le).swap16()),
      needle(name, 'json escapes', Buffer.from(escaped(spelling))),
      needle(name, 'percent', Buffer.from(encodeURIComponent(spelling))),
    ];
  });
}

/** Bytes as they are, in hex, and in base64 and base64url at each of the three places in which a group may begin. */
export function needlesOfBytes(name: string, bytes: Uint8Array, plainForm = 'raw'): Needle[] {
  const plain = Buffer.from(bytes);
  const hex = plain.toString('hex');
  return [
    needle(name, plainForm, plain),
    needle(name, 'hex', Buffer.from(hex)),
    needle(name, 'hex', Buffer.from(hex.toUpperCase())),
    ...(['base64', 'base64url'] as const).flatMap((encoding) =>
      [0, 1, 2].map((place) => needle(name, encoding, Buffer.from(encodedAt(place, plain, encoding)))),
    ),
  ];
}

/** @returns the name and form of each secret that is there, once. */
export function findIn(haystack: Buffer, needles: readonly Needle[]): string[] {
  const found = needles.filter(({ bytes }) => haystack.includes(bytes)).map(({ name, form }) => `${name} as ${form}`);
  return [...new Set(found)];
}

function needle(name: string, form: string, bytes: Buffer): Needle {
  if (bytes.byteLength < MIN_BYTES) throw new Error(`${name} is too short to be looked for`);
  return { name, form, bytes };
}

/** Those characters that depend on the secret alone, and not on what stands before and behind it. */
function encodedAt(place: number, bytes: Buffer, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(place), bytes])
    .toString(encoding)
    .replace(/=+$/, '');
  const whole = Math.floor(((place + bytes.byteLength) * 8) / 6);
  return text.slice(Math.ceil((place * 8) / 6), whole);
}

function escaped(text: string): string {
  const asEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, asEscape);
}

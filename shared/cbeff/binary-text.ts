import type { TextEncoding } from '../enrolment/enrolment.ts';

/**
 * Binaries that travel as text, to the letter. A device's signature covers the text as the device wrote it, so a text
 * that is not the canonical encoding of any bytes (cut short, odd spare bits) must still come back out unchanged.
 */
export interface DecodedBinary {
  readonly bytes: Uint8Array;
  readonly encoding: TextEncoding;
  /** The last characters when they do not stand for whole bytes. */
  readonly tail: string;
}

export function decodeBinary(text: string): DecodedBinary {
  const encoding = /[+/=]/.test(text) ? 'base64' : 'base64url';
  const whole = Buffer.from(text, encoding);
  if (whole.toString(encoding) === text) return { bytes: plain(whole), encoding, tail: '' };
  const lastGroup = text.length - (text.length % 4 || 4);
  const head = Buffer.from(text.slice(0, lastGroup), encoding);
  if (head.toString(encoding) === text.slice(0, lastGroup)) {
    return { bytes: plain(head), encoding, tail: text.slice(lastGroup) };
  }
  return { bytes: plain(Buffer.from(text, 'utf8')), encoding: 'text', tail: '' };
}

export function encodeBinary(bytes: Uint8Array, encoding: TextEncoding, tail: string): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString(encoding === 'text' ? 'utf8' : encoding) + tail;
}

export interface DecodedSignature {
  readonly signature: string;
  readonly encoding: TextEncoding;
}

/** A signature block is base64 of a JWS; where it is not, the block itself is the signature. */
export function decodeSignature(block: string): DecodedSignature {
  for (const encoding of ['base64', 'base64url'] as const) {
    const bytes = Buffer.from(block, encoding);
    const text = bytes.toString('utf8');
    if (bytes.toString(encoding) === block && Buffer.from(text, 'utf8').equals(bytes)) {
      return { signature: text, encoding };
    }
  }
  return { signature: block, encoding: 'text' };
}

export function encodeSignature(signature: string, encoding: TextEncoding): string {
  return encoding === 'text' ? signature : Buffer.from(signature, 'utf8').toString(encoding);
}

/** A copy out of Buffer's shared pool: what we hand on must not keep, or show, other people's bytes. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

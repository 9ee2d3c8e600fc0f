import { createHash } from 'node:crypto';

/** SHA-256 as 64 lower-case hex digits: how packets and keys are named. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** The sizes that the courier's commands take on their command lines, at the station and at the core alike. */
import { MAX_FILE_BYTES, MIN_FILE_BYTES } from './limits.ts';

/** Commander knows a wrong argument by this code, and tells its message as wrong usage. */
class WrongSize extends Error {
  readonly code = 'commander.invalidArgument';
}

/** @throws Error that Commander tells as wrong usage. */
export function bytesArgument(text: string): number {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new WrongSize('A whole number of bytes.');
}

/** @throws Error that Commander tells as wrong usage. */
export function fileBytesArgument(text: string): number {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= MIN_FILE_BYTES && bytes <= MAX_FILE_BYTES) return bytes;
  throw new WrongSize(`A number of bytes from ${MIN_FILE_BYTES} to ${MAX_FILE_BYTES}.`);
}

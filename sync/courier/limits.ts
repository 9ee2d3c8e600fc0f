/** How large a bundle and its files may be, and what a command line says of it. */

/** FAT32 takes files of up to 4 GiB, some readers of it only of 2 GiB. */
export const DEFAULT_MAX_FILE_BYTES = 1024 ** 3;
export const MAX_FILE_BYTES = 2 * 1024 ** 3 - 1;
export const MIN_FILE_BYTES = 1024 ** 2;

/** @returns undefined for what is no number of bytes. */
export function bytesIn(text: string): number | undefined {
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** @returns undefined for what no file of a bundle may be bound to. */
export function fileBytesIn(text: string): number | undefined {
  const bytes = bytesIn(text);
  return bytes !== undefined && bytes >= MIN_FILE_BYTES && bytes <= MAX_FILE_BYTES ? bytes : undefined;
}

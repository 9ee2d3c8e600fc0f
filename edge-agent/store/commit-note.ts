/**
 * A small file beside a store's file that says how far the store had come: the number of its newest committed write.
 *
 * SQLite ends its log at the first frame that does not match its checksum, and takes all that follows for a write that
 * was never finished. So one changed byte in the log makes committed documents disappear without a word. With the note
 * the loss is seen: a file whose writes end before the noted one has lost some.
 *
 * The note is written after each commit, in place and without waiting for the disk, which costs microseconds where an
 * fsync of its own would double the price of a write. So it is never ahead of what is durable: whatever becomes of it,
 * it can't raise a false alarm. After a crash of the process it is exact, because the operating system still has it.
 * After a power cut it may be some seconds behind; then, and only then, damage to just those last commits in the log
 * looks like a write that was never finished, and nothing on the machine can tell. A clean close makes both files
 * durable and leaves no log.
 */
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export interface CommitNote {
  /** Notes that all writes up to this number are committed. */
  write(sequence: number): void;
  /** Makes the note durable. Safe to call twice. */
  close(): void;
}

/** The end of the note's name, after that of the store's file. */
export const NOTE_SUFFIX = '-note';

const DIGITS = 16;

/** @param file the store's file. @throws the file system's error when the note can't be made. */
export function openCommitNote(file: string): CommitNote {
  let descriptor: number | undefined = openSync(`${file}${NOTE_SUFFIX}`, constants.O_RDWR | constants.O_CREAT, 0o600);
  return {
    write: (sequence) => {
      if (descriptor === undefined) return;
      try {
        writeSync(descriptor, noteText(sequence), 0);
      } catch {
        // The write that it would note is durable and stays so: a note that is behind only sees less.
        closeSync(descriptor);
        descriptor = undefined;
      }
    },
    close: () => {
      if (descriptor === undefined) return;
      const open = descriptor;
      descriptor = undefined;
      try {
        fsyncSync(open);
      } finally {
        closeSync(open);
      }
    },
  };
}

/** The noted number; undefined when there is no note, or one that is not whole. @param file the store's file. */
export function readCommitNote(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(`${file}${NOTE_SUFFIX}`, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const sequence = Number(text.slice(0, DIGITS));
  return Number.isSafeInteger(sequence) && text === noteText(sequence) ? sequence : undefined;
}

function noteText(sequence: number): string {
  const digits = String(sequence).padStart(DIGITS, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

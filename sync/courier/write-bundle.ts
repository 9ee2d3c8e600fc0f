/**
 * Writes a courier bundle: entries one behind the other, over as many files as the file system of a stick asks for. Memory
 * holds one frame and the entry at hand. No file has its name before all are closed, because each states how many there are.
 */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { bundleFileBytes } from '@enroute/shared/courier/frames.ts';
import { encodeRecord } from '@enroute/shared/courier/records.ts';
import { type Direction, MAX_FILE_ENTRIES, signStatement } from '@enroute/shared/courier/statement.ts';
import type { KeyPair, PublicKey } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { BundleFile, type Published } from './bundle-file.ts';
import { sweepPartials } from './sweep-partials.ts';

export interface BundleOptions {
  /** It must be there: a stick that is not must not become a folder of this machine. */
  readonly folder: string;
  readonly direction: Direction;
  /** The station that it comes from, or goes to. */
  readonly station: string;
  readonly sender: KeyPair;
  /** Keys that the sender had before, the newest first: the receiver may know one of those only. */
  readonly earlierSenders?: readonly KeyPair[];
  readonly reader: PublicKey;
  /** A file that would grow larger is followed by another; one entry always fits. */
  readonly maxFileBytes: number;
  /** As many as a statement may state, where nothing is said. */
  readonly maxFileEntries?: number;
  /** All files together; undefined for no limit. */
  readonly maxBytes: number | undefined;
  readonly now: () => Date;
}

export interface WrittenFile extends Published {
  readonly path: string;
  readonly entries: number;
}

export interface BundleWriter {
  /**
   * @returns false when it would exceed `maxBytes`: nothing is written then.
   * @throws EnrouteError ENR-CRR-007 when the folder does not take it.
   */
  add(kind: 'packet' | 'document', json: object, body?: Uint8Array): Promise<boolean>;
  /** Tells of each file when it is durable and, where that can be, was read back. @throws EnrouteError ENR-CRR-007 or -008 */
  finish(): AsyncGenerator<WrittenFile>;
  /** Removes what was not finished. */
  abandon(): Promise<void>;
}

const BUNDLE_ID_BYTES = 16;

/** @throws EnrouteError ENR-CRR-007 when there is no such folder. */
export async function openBundleWriter(options: BundleOptions): Promise<BundleWriter> {
  const { folder, direction, station, sender, reader, maxFileBytes, maxBytes, now } = options;
  const { maxFileEntries = MAX_FILE_ENTRIES, earlierSenders = [] } = options;
  const found = await stat(folder).catch((cause: unknown) => {
    throw unwritable(cause);
  });
  if (!found.isDirectory()) throw new EnrouteError('ENR-CRR-007', 'not a folder');
  await sweepPartials(folder, now());
  const files: BundleFile[] = [];
  let closedBytes = 0;

  const isWithin = (bytes: number): boolean => maxBytes === undefined || bytes <= maxBytes;

  /** The file that takes the next entry; undefined when none may. */
  async function fileFor(entryBytes: number): Promise<BundleFile | undefined> {
    const current = files.at(-1);
    if (current && current.entries < maxFileEntries && current.bytesWith(entryBytes) <= maxFileBytes) {
      return isWithin(closedBytes + current.bytesWith(entryBytes)) ? current : undefined;
    }
    const before = closedBytes + (current?.bytesWith(0) ?? 0);
    if (!isWithin(before + bundleFileBytes(entryBytes))) return undefined;
    await current?.close();
    const next = await BundleFile.create(folder, reader);
    closedBytes = before;
    files.push(next);
    return next;
  }

  return {
    add: (kind, json, body) =>
      writing(async () => {
        const head = encodeRecord(kind, json, body?.byteLength ?? 0);
        const file = await fileFor(head.byteLength + (body?.byteLength ?? 0));
        await file?.add(head, body);
        return file !== undefined;
      }),
    finish: async function* finish() {
      await writing(async () => files.at(-1)?.close());
      const common = { v: 1, direction, station, receiver: reader.keyId, of: files.length } as const;
      const bundle = randomBytes(BUNDLE_ID_BYTES).toString('hex');
      const at = now().toISOString();
      for (const [index, file] of files.entries()) {
        const { entries, path, stream } = file;
        const body = { ...common, stream: stream.name, bundle, number: index + 1, entries, at };
        const published = await writing(() => file.publish(signStatement(body, sender, earlierSenders)));
        yield { path, entries, ...published };
      }
    },
    abandon: async () => {
      for (const file of files) await file.abandon();
    },
  };
}

async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof EnrouteError ? error : unwritable(error);
  }
}

/** What the file system says; a mistake of our own stays what it is. */
function unwritable(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code && /^E[A-Z]+$/.test(code) ? new EnrouteError('ENR-CRR-007', code, cause) : cause;
}

/**
 * What makes a folder a backup: its manifest, written last. A line for each file, with size and SHA-256, then a last line
 * that counts them; so a manifest of a million packets is read and written without being held in memory, and one that
 * lacks its end is none.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { digestSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { moveDurably, PARTIAL_SUFFIX } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';

const MANIFEST = 'backup.ndjson';
const MAX_BEGIN_BYTES = 200;

/** Inside the backup, whatever somebody has written into the manifest. */
const pathSchema = z
  .string()
  .regex(/^(?:core-keys\.json|store\/[a-z][a-z0-9_-]*\.sqlite|vault\/[0-9a-f]{2}\/[0-9a-f]{64}\.enrp)$/);

const beginSchema = z.strictObject({ backup: z.literal(1), at: timeSchema });
const fileSchema = z.strictObject({ path: pathSchema, bytes: z.int().nonnegative(), sha256: digestSchema });
const endSchema = z.strictObject({ files: z.int().positive() });

export type BackupFile = z.infer<typeof fileSchema>;

export interface ManifestWriter extends AsyncDisposable {
  add(file: BackupFile): Promise<void>;
  /** Durable when it resolves, and from then on the folder is a backup. */
  finish(): Promise<void>;
}

export async function openManifest(folder: string, at: Date): Promise<ManifestWriter> {
  const path = join(folder, MANIFEST);
  const partial = `${path}${PARTIAL_SUFFIX}`;
  const file = await open(partial, 'wx', 0o600);
  let files = 0;
  let isFinished = false;
  const say = (line: object): Promise<void> => file.appendFile(`${JSON.stringify(line)}\n`);
  await say({ backup: 1, at: at.toISOString() });
  return {
    add: async (entry) => {
      await say(entry);
      files += 1;
    },
    finish: async () => {
      await say({ files });
      await file.sync();
      await file.close();
      isFinished = true;
      await moveDurably(partial, path);
    },
    [Symbol.asyncDispose]: async () => {
      if (isFinished) return;
      await close(file);
      await rm(partial, { force: true });
    },
  };
}

async function close(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}

/** When a backup was begun: what it holds is not older. @throws EnrouteError ENR-BAK-002 when it has no manifest. */
export async function takenAt(folder: string): Promise<string> {
  const input = createReadStream(join(folder, MANIFEST), { end: MAX_BEGIN_BYTES });
  try {
    let begin = '';
    for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) begin += chunk;
    return beginSchema.parse(JSON.parse(begin.split('\n')[0] ?? '')).at;
  } catch (cause) {
    throw new EnrouteError('ENR-BAK-002', folder, cause);
  }
}

/** The files of a backup. @throws EnrouteError ENR-BAK-002 when it has no whole manifest. */
export async function* filesOf(folder: string): AsyncGenerator<BackupFile> {
  let files = 0;
  let isBegun = false;
  let isEnded = false;
  const input = createReadStream(join(folder, MANIFEST));
  // An error of the stream is not told by the lines.
  const failed = new Promise<never>((_resolve, reject) => input.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      if (next.done) break;
      if (isEnded) throw new Error('lines behind the end');
      const line: unknown = JSON.parse(next.value);
      if (!isBegun) {
        beginSchema.parse(line);
        isBegun = true;
        continue;
      }
      const end = endSchema.safeParse(line);
      if (end.success) {
        if (end.data.files !== files) throw new Error('a line is missing');
        isEnded = true;
        continue;
      }
      files += 1;
      yield fileSchema.parse(line);
    }
    if (!isEnded) throw new Error('the end is missing');
  } catch (cause) {
    if (cause instanceof EnrouteError) throw cause;
    throw new EnrouteError('ENR-BAK-002', folder, cause);
  } finally {
    input.destroy();
  }
}

/**
 * A damaged database does not stop a station: its file is set aside, and what it held is made anew from the packets and
 * from the core. What was lost is noted before anything is moved, so that a crash in between is gone on with and nobody
 * takes an empty queue for the truth.
 *
 * Every file is looked through whenever the station was not closed cleanly. After a clean close only what is read is
 * checked, and damage that turns up then leads here, too.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeDurably, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';
import { checkStoreFile } from '../store/check-store-file.ts';
import { listStoreFiles, type StoreFile, setStoreFileAside } from '../store/store-file.ts';

/** `channel`: both sides of it and what the replication remembers, which only make sense together. */
const PARTS = ['queue', 'channel', 'counters', 'other'] as const;
export type StorePart = (typeof PARTS)[number];

const lossSchema = z.strictObject({ v: z.literal(1), parts: z.array(z.enum(PARTS)).min(1) });

const cleanPath = (folder: string): string => join(folder, 'closed-cleanly');
const lossPath = (folder: string): string => join(folder, 'lost.json');

export interface StoreAt {
  /** Of the SQLite files. */
  readonly folder: string;
  readonly databaseName: string;
  readonly now: () => Date;
}

/** To be called after all files were closed and were sound. */
export async function noteCleanClose(folder: string): Promise<void> {
  await writeDurably(cleanPath(folder), Buffer.from('1\n'));
}

/** Whether it was closed cleanly; from here on it is in use. */
export async function takeCleanClose(folder: string): Promise<boolean> {
  const wasClean = existsSync(cleanPath(folder));
  if (wasClean) await removeDurably(cleanPath(folder));
  return wasClean;
}

/** What was lost and is not made anew yet. */
export async function lostParts(folder: string): Promise<ReadonlySet<StorePart>> {
  if (!existsSync(lossPath(folder))) return new Set();
  const loss = lossSchema.safeParse(parseJson(await readFile(lossPath(folder), 'utf8')));
  // A note that is damaged itself: everything is made anew, which is never wrong.
  return new Set(loss.success ? loss.data.parts : PARTS);
}

/** Notes that these are lost, besides what is noted already. */
export async function noteLoss(folder: string, parts: Iterable<StorePart>): Promise<void> {
  const all = new Set([...(await lostParts(folder)), ...parts]);
  if (all.size === 0) return;
  const loss: z.infer<typeof lossSchema> = { v: 1, parts: [...all] };
  await writeDurably(lossPath(folder), Buffer.from(JSON.stringify(loss)));
}

/** All that was lost has been made anew. */
export async function settleLoss(folder: string): Promise<void> {
  await removeDurably(lossPath(folder));
}

/**
 * Looks through every file and sets aside what is damaged, together with what makes no sense without it. The files must
 * be closed.
 * @returns what is lost, from before or by now.
 */
export async function setDamagedAside({ folder, databaseName, now }: StoreAt): Promise<ReadonlySet<StorePart>> {
  const files = await listStoreFiles(folder, databaseName);
  const damaged: StoreFile[] = [];
  for (const one of files) if ((await checkStoreFile(one.file)) === 'damaged') damaged.push(one);
  await noteLoss(folder, damaged.map(partOf));
  const lost = await lostParts(folder);
  const aside = join(folder, `damaged-${now().toISOString().replaceAll(':', '')}`);
  for (const one of files) {
    if (lost.has(partOf(one))) await setStoreFileAside(one.file, join(aside, basename(one.file)));
  }
  return lost;
}

function partOf({ collection }: StoreFile): StorePart {
  if (collection === 'queue' || collection === 'counters') return collection;
  const isChannel = collection === 'incoming' || collection === 'outgoing' || collection.startsWith('rx_replication');
  return isChannel ? 'channel' : 'other';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

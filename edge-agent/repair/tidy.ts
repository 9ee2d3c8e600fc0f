/** Puts in order, at the opening, what a crash left in the folders of packets and drafts. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';

/** Rows that are looked up at once. */
const PAGE = 100;

/**
 * Half-written files go. A whole packet without a row is put apart: nobody was told that it was saved. The bytes of what
 * was released go, and copies of what is no draft and awaits nobody's approval.
 *
 * @returns files without a row that are damaged. A crash leaves none under its name, so one of these may well have been
 *   told to be saved before the queue had to be made anew; they stay, and someone must look.
 */
export async function tidyFiles(at: { files: PacketFiles; drafts: PacketFiles; queue: Queue }): Promise<string[]> {
  const { files, drafts, queue } = at;
  const damaged: string[] = [];
  await files.tidy();
  await drafts.tidy();
  for await (const [rid, state] of statesOf(files, queue)) {
    if (state === 'RELEASED') await files.delete(rid);
    if (state !== undefined && state !== 'DRAFT') continue;
    if (await isWhole(rid, files)) await files.putApart(rid);
    else damaged.push(rid);
  }
  for await (const [rid, state] of statesOf(drafts, queue)) {
    if (state === undefined) await drafts.putApart(rid);
    else if (state !== 'DRAFT' && state !== 'AWAITING_APPROVAL') await drafts.delete(rid);
  }
  return damaged;
}

async function isWhole(rid: string, files: PacketFiles): Promise<boolean> {
  try {
    await files.readStored(rid);
    return true;
  } catch (error) {
    if (error instanceof EnrouteError && error.code === 'ENR-STN-003') return false;
    throw error;
  }
}

async function* statesOf(files: PacketFiles, queue: Queue) {
  for await (const page of files.pages(PAGE)) {
    const states = await queue.states(page);
    for (const rid of page) yield [rid, states.get(rid)] as const;
  }
}

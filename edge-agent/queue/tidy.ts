/** Puts in order, at the opening, what a crash left in the folders of packets and drafts. */
import type { PacketFiles } from './packet-files.ts';
import type { Queue } from './queue.ts';

/** Rows that are looked up at once. */
const PAGE = 100;

/**
 * Half-written files go. A whole packet without a row is put apart: nobody was told that it was saved. The bytes of what
 * was released go, and copies of what is no draft and awaits nobody's approval.
 */
export async function tidyFiles(at: { files: PacketFiles; drafts: PacketFiles; queue: Queue }): Promise<void> {
  const { files, drafts, queue } = at;
  await files.tidy();
  await drafts.tidy();
  for await (const [rid, state] of statesOf(files, queue)) {
    if (state === undefined || state === 'DRAFT') await files.putApart(rid);
    if (state === 'RELEASED') await files.delete(rid);
  }
  for await (const [rid, state] of statesOf(drafts, queue)) {
    if (state === undefined) await drafts.putApart(rid);
    else if (state !== 'DRAFT' && state !== 'AWAITING_APPROVAL') await drafts.delete(rid);
  }
}

async function* statesOf(files: PacketFiles, queue: Queue) {
  for await (const page of files.pages(PAGE)) {
    const states = await queue.states(page);
    for (const rid of page) yield [rid, states.get(rid)] as const;
  }
}

/**
 * Unfinished uploads as documents of the store, where every gateway finds them:
 *
 * ```
 * <upload>             { size, metadata, creation_date, at }   the note: the upload is begun
 * <upload>:<offset>    { bytes, at }                           a part, its bytes beside it; the offset has 12 digits
 * ```
 *
 * A part is created and never written over by whoever appends. Of two gateways that would go on from the same offset one
 * meets a conflict: its request is refused as one from a wrong offset. That is the lock across gateways.
 *
 * Slow links leave small parts. Before an upload in many parts grows further, neighbours are merged: the first of them
 * becomes long, and those that it holds now go. A row that is read meanwhile is looked up again.
 *
 * The note is the first to go: without it no gateway goes on with the upload, and parts that a removal has left are cleared
 * away by whoever begins it anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { ridOfUpload } from '@enroute/sync/upload/upload-id.ts';
import { ERRORS } from '@tus/utils';
import { pages } from '../../store/pages.ts';
import { type Database, type Doc, type Stored, StoreError } from '../../store/store.ts';
import { GrowingDocuments, STEP_BYTES } from './growing-documents.ts';
import { endOf, groupsToMerge, type RowPart, unbroken } from './part-row.ts';
import type { UploadMedium, UploadNote } from './upload-medium.ts';
import { offsetOfPart, type PartDoc, removeParts } from './upload-parts.ts';

interface NoteDoc extends Doc, UploadNote {
  /** When it was written (ISO 8601). */
  readonly at: string;
}

type StoredPart = Stored<PartDoc> & RowPart;

interface Documents {
  readonly note: Stored<NoteDoc> | undefined;
  /** All parts, in the order of their offsets. */
  readonly parts: readonly StoredPart[];
}

/** An upload of 16 MiB in steps as large as may be is 32 parts. */
const MOST_PARTS = 128;
/** A note is written by few at a time. */
const MAX_TRIES = 5;
/** So often may a part that is to be read go away under a merge; in between the merge has some time to get done. */
const MAX_MISSES = 5;
const MISS_WAIT_MS = 20;
/** Upload ids begin with a digit. */
const EVERY_UPLOAD = { start: '0', end: ':' } as const;

export function documentMedium(database: Database, now: () => Date): UploadMedium {
  const documentsOf = async (id: string): Promise<Documents> => {
    const docs: Stored<NoteDoc | PartDoc>[] = [];
    for await (const page of pages<NoteDoc | PartDoc>(database, { start: id, end: `${id};` })) docs.push(...page);
    const note = docs.find(({ _id }) => _id === id) as Stored<NoteDoc> | undefined;
    const parts = docs.flatMap((doc) => {
      const offset = offsetOfPart(id, doc._id);
      return offset === undefined ? [] : [{ ...(doc as Stored<PartDoc>), offset }];
    });
    return { note, parts };
  };

  const rowOf = async (id: string): Promise<StoredPart[]> => unbroken((await documentsOf(id)).parts);

  async function* read(id: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    let row = await rowOf(id);
    let misses = 0;
    for (let at = from; at < to; ) {
      const part = row.find(({ offset, bytes }) => offset <= at && at < offset + bytes);
      const bytes = part ? await database.bytesOf(part._id) : undefined;
      const piece = part && bytes ? bytes.subarray(at - part.offset, to - part.offset) : undefined;
      if (piece && piece.byteLength > 0) {
        at += piece.byteLength;
        misses = 0;
        yield piece;
        continue;
      }
      misses += 1;
      if (misses > MAX_MISSES) throw new EnrouteError('ENR-WEB-002', 'the upload has gone');
      await sleep(MISS_WAIT_MS * (1 + Math.random()));
      row = await rowOf(id);
    }
  }

  /**
   * Whoever merges the same parts at the same moment leaves them to the other. What another gateway has cut off meanwhile
   * is cut off of the merged part, too: it was damaged.
   */
  const merge = async (row: readonly StoredPart[]): Promise<void> => {
    for (const group of groupsToMerge(row, STEP_BYTES)) {
      const [first, ...others] = group;
      const pieces = await Promise.all(group.map(({ _id }) => database.bytesOf(_id)));
      if (!first || !pieces.every((piece) => piece !== undefined)) return;
      const bytes = Buffer.concat(pieces);
      const merged: PartDoc = { _id: first._id, _rev: first._rev, bytes: bytes.byteLength, at: now().toISOString() };
      const written = await database.writeWithBytes(merged, bytes);
      if (!written.ok) return;
      const removed = await database.write(others.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
      const changed = others.find((_part, index) => !removed[index]?.ok);
      if (!changed) continue;
      const kept = bytes.subarray(0, changed.offset - first.offset);
      await database.writeWithBytes({ ...merged, _rev: written.rev, bytes: kept.byteLength } as PartDoc, kept);
      return;
    }
  };

  return {
    mayTear: false,
    find: async (id) => {
      const { note, parts } = await documentsOf(id);
      return { note, endBytes: note && endOf(unbroken(parts)) };
    },
    begin: async (id, { size, metadata, creation_date }) => {
      const note = { _id: id, size, metadata, creation_date, at: now().toISOString() };
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const there = await documentsOf(id);
        // Asked for by its name, too: a range may not show yet what another gateway has just written.
        const older = there.note ?? (there.parts.length > 0 ? await database.get<NoteDoc>(id) : undefined);
        if (!older) await removeParts(database, there.parts.toReversed());
        const [result] = await database.write([{ ...note, _rev: older?._rev }]);
        if (result?.ok) return;
        if (result?.reason === 'refused') throw new StoreError(result.detail, { transient: false });
      }
      throw new StoreError('The note of an upload is being written by others.', { transient: true });
    },
    grow: async (id, offset) => {
      const { note, parts } = await documentsOf(id);
      if (!note) throw ERRORS.FILE_NOT_FOUND;
      const row = unbroken(parts);
      if (row.length > MOST_PARTS) await merge(row);
      return new GrowingDocuments({ database, id, offset, now });
    },
    read,
    remove: async (id, untouchedSinceMs = Number.POSITIVE_INFINITY) => {
      const { note, parts } = await documentsOf(id);
      const all = [...(note ? [note] : []), ...parts];
      if (all.length === 0 || all.some(({ at }) => Date.parse(at) >= untouchedSinceMs)) return false;
      // What was written since it was read stays, and everything behind it.
      if (note && !(await removeParts(database, [note]))) return false;
      await removeParts(database, parts);
      return true;
    },
    ids: async function* ids() {
      for await (const page of pages<Doc>(database, EVERY_UPLOAD)) {
        yield [...new Set(page.map(({ _id }) => _id.split(':', 1)[0] ?? ''))].filter((id) => ridOfUpload(id));
      }
    },
    // The disk is the store's; when it is full, the store says so.
    room: async () => undefined,
  };
}

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
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { ridOfUpload } from '@enroute/sync/upload/upload-id.ts';
import { ERRORS } from '@tus/utils';
import { pages } from '../../store/pages.ts';
import { type Database, type Doc, MAX_BATCH, type Stored, StoreError } from '../../store/store.ts';
import { GrowingDocuments, STEP_BYTES } from './growing-documents.ts';
import { endOf, groupsToMerge, type RowPart, unbroken } from './part-row.ts';
import type { UploadMedium, UploadNote } from './upload-medium.ts';
import { offsetOfPart, type PartDoc } from './upload-parts.ts';

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
/** So often may a part that is to be read go away under a merge. */
const MAX_MISSES = 5;
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
        yield piece;
        continue;
      }
      misses += 1;
      if (misses > MAX_MISSES) throw new EnrouteError('ENR-WEB-002', 'the upload has gone');
      row = await rowOf(id);
    }
  }

  /** Whoever merges the same parts at the same moment leaves them to the other. */
  const merge = async (row: readonly StoredPart[]): Promise<void> => {
    for (const group of groupsToMerge(row, STEP_BYTES)) {
      const [first, ...others] = group;
      const pieces = await Promise.all(group.map(({ _id }) => database.bytesOf(_id)));
      if (!first || !pieces.every((piece) => piece !== undefined)) return;
      const bytes = Buffer.concat(pieces);
      const merged: PartDoc = { _id: first._id, _rev: first._rev, bytes: bytes.byteLength, at: now().toISOString() };
      if (!(await database.writeWithBytes(merged, bytes)).ok) return;
      await removeAll(others);
    }
  };

  const removeAll = async (docs: readonly Stored<Doc>[]): Promise<void> => {
    for (let at = 0; at < docs.length; at += MAX_BATCH) {
      await database.write(docs.slice(at, at + MAX_BATCH).map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
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
        const there = tries > 0 ? await database.get(id) : undefined;
        const [result] = await database.write([{ ...note, ...(there ? { _rev: there._rev } : {}) }]);
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
    remove: async (id) => {
      const { note, parts } = await documentsOf(id);
      // The note last: what is left by a crash is an upload that is shorter.
      await removeAll([...parts.toReversed(), ...(note ? [note] : [])]);
    },
    ids: async function* ids() {
      for await (const page of pages<Doc>(database, EVERY_UPLOAD)) {
        yield [...new Set(page.map(({ _id }) => _id.split(':', 1)[0] ?? ''))].filter((id) => ridOfUpload(id));
      }
    },
    lastTouchedMs: async (id) => {
      const { note, parts } = await documentsOf(id);
      const times = [...(note ? [note] : []), ...parts].map(({ at }) => Date.parse(at));
      return times.length > 0 ? Math.max(...times) : undefined;
    },
    // The disk is the store's; when it is full, the store says so.
    room: async () => undefined,
  };
}

/**
 * The whole history of a registration, however long it grows. The registration itself keeps the latest entries; what is
 * older lies in pages that are written once and never changed.
 *
 * A page is written before the save that takes its entries out of the registration, and counts only from that save on. It
 * may be written again after a crash, by whoever has the lane then, so it must come out the same: only such entries are
 * put into it that were saved with the registration before. Between two saves there are less than `UNSAVED` new ones, and
 * so many are always left.
 */
import type { HistoryEntry, Registration } from '@enroute/shared/registration/registration.ts';
import type { StoredRegistration } from '../../databases.ts';
import { type Database, type Doc, MAX_BATCH, StoreError } from '../../store/store.ts';

/** Entries of a page. */
const PAGE_ENTRIES = 32;
/** More than one pass of a registration through its flow brings. */
const UNSAVED = 64;
const READ_AT_ONCE = 100;

export interface Histories {
  /**
   * To be called before a save: what has grown too long is archived.
   * @returns them all, in order, as they are to be saved. @throws StoreError when a page can't be made durable
   */
  keep(registrations: readonly StoredRegistration[]): Promise<StoredRegistration[]>;
  /** Everything that was noted, oldest first. @throws StoreError when a page is not there */
  of(registration: Pick<Registration, '_id' | 'history' | 'archivedPages'>): Promise<HistoryEntry[]>;
}

interface HistoryPage extends Doc {
  readonly v: 1;
  readonly entries: readonly HistoryEntry[];
}

/** @param database `histories` */
export function openHistories(database: Database): Histories {
  return {
    keep: async (registrations) => {
      const cut = registrations.map(cutOff);
      const pages = cut.flatMap((each) => each.pages);
      for (let from = 0; from < pages.length; from += MAX_BATCH) {
        const results = await database.write(pages.slice(from, from + MAX_BATCH));
        // A conflict is the same page, from before a crash.
        const failed = results.find((result) => !result.ok && result.reason === 'refused');
        if (failed) throw new StoreError(`page ${failed.id} of a history was refused`, { transient: false });
      }
      return cut.map(({ registration }) => registration);
    },
    of: async ({ _id: rid, history, archivedPages = 0 }) => {
      const entries: HistoryEntry[] = [];
      for (let from = 0; from < archivedPages; from += READ_AT_ONCE) {
        const count = Math.min(READ_AT_ONCE, archivedPages - from);
        const ids = Array.from({ length: count }, (_, index) => pageId(rid, from + index));
        const found = new Map((await database.getMany<HistoryPage>(ids)).map((page) => [page._id, page]));
        for (const id of ids) {
          const page = found.get(id);
          if (!page) throw new StoreError(`page ${id} of a history is not there`, { transient: true });
          entries.push(...page.entries);
        }
      }
      return [...entries, ...history];
    },
  };
}

function cutOff(registration: StoredRegistration): { registration: StoredRegistration; pages: HistoryPage[] } {
  const { _id: rid, history, archivedPages = 0 } = registration;
  const count = Math.max(0, Math.floor((history.length - UNSAVED) / PAGE_ENTRIES));
  if (count === 0) return { registration, pages: [] };
  const pages = Array.from({ length: count }, (_, index): HistoryPage => {
    const entries = history.slice(index * PAGE_ENTRIES, (index + 1) * PAGE_ENTRIES);
    return { _id: pageId(rid, archivedPages + index), v: 1, entries };
  });
  const kept = history.slice(count * PAGE_ENTRIES);
  return { registration: { ...registration, history: kept, archivedPages: archivedPages + count }, pages };
}

function pageId(rid: string, page: number): string {
  return `${rid}:${String(page).padStart(6, '0')}`;
}

/**
 * Revisions as the channel tells them. CouchDB's replication knows by a document's revisions, back to the first, which
 * one takes the place of which; the store keeps the newest alone. But each document has one writer, so its revisions
 * stand in one row, and a revision can be made of nothing but the document's id and how often it was written: whoever
 * asks for those before it is told them without their having been kept. The epoch is part of it, for after a restore
 * the same count stands for another content.
 */
import { createHash } from 'node:crypto';

/** What CouchDB calls `_revisions`: the newest first. */
export interface Revisions {
  readonly start: number;
  readonly ids: readonly string[];
}

/** As many as CouchDB itself remembers. */
const MOST_TOLD = 1_000;
/** Of one answer, about 100 ms of work and 700 KB. What the core writes over has some dozens at the most. */
const MOST_TOLD_IN_ANSWER = 20_000;
/** However much an answer has told already: a copy that is no further behind knows which takes the place of which. */
const FEWEST_TOLD = 20;
const ID_DIGITS = 32;

/** @param rev the store's own revision; only how often the document was written counts of it. */
export function toldRevision(epoch: string, id: string, rev: string): string {
  const generation = generationOf(rev);
  return `${generation}-${revisionId(epoch, id, generation)}`;
}

/** The revisions of one answer, which come to so much work as one answer may. */
export class ToldRevisions {
  readonly #epoch: string;
  #left = MOST_TOLD_IN_ANSWER;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  of(id: string, rev: string): Revisions {
    const told = this.#tell(id, rev, Math.min(MOST_TOLD, Math.max(this.#left, FEWEST_TOLD)));
    this.#left -= told.ids.length;
    return told;
  }

  /** Of a document that has gone. Whoever asks says how often it was written, and may say anything. */
  ofDeleted(id: string, rev: string): Revisions {
    return this.#tell(id, rev, FEWEST_TOLD);
  }

  #tell(id: string, rev: string, most: number): Revisions {
    const start = generationOf(rev);
    const length = Math.min(start, most);
    return { start, ids: Array.from({ length }, (_none, age) => revisionId(this.#epoch, id, start - age)) };
  }
}

/** Whether a revision is one that this channel has told, or will tell, of that document. */
export function isToldRevision(epoch: string, id: string, rev: string): boolean {
  return rev === toldRevision(epoch, id, rev);
}

function generationOf(rev: string): number {
  const generation = Number.parseInt(rev, 10);
  return Number.isSafeInteger(generation) && generation > 0 ? generation : 1;
}

function revisionId(epoch: string, id: string, generation: number): string {
  const text = JSON.stringify([epoch, id, generation]);
  return createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS);
}

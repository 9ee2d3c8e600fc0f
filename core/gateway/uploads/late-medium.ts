/**
 * Nothing of an upload is put on its medium before that is worth it. Most packets come whole in one request: then the vault
 * is the first to keep them, and a note, a file or a document that would be removed a moment later was never made.
 *
 * Of an upload that has begun there is
 * - in memory, its note and up to half a MiB of its bytes, of which nobody was told that they are durable;
 * - from the moment on when bytes are to be durable, or there are more of them, everything on the medium.
 *
 * An upload that a crash has forgotten is begun anew by its station, as one that never was.
 */
import type { FoundUpload, GrowingUpload, UploadMedium, UploadNote, UploadRest } from './upload-medium.ts';

/** As much of an upload as waits in memory. */
const MOST_WAITING_BYTES = 512 * 1024;
/** Uploads that have begun and of which nothing has come; a note with its list of parts has up to 4 KB. */
const MOST_BEGUN = 4_096;
const NOTHING: FoundUpload = { note: undefined, endBytes: undefined };

export function lateMedium(medium: UploadMedium): UploadMedium {
  /** In the order in which they began. */
  const begun = new Map<string, UploadNote>();
  return {
    ...medium,
    find: async (id) => {
      const note = begun.get(id);
      return note ? { note, endBytes: 0 } : medium.find(id);
    },
    begin: async (id, note, there) => {
      // Whatever is there of it already gets its new note where it lies.
      const isThere = there.note !== undefined || there.endBytes !== undefined;
      if (isThere && !begun.has(id)) return medium.begin(id, note, there);
      begun.set(id, note);
      for (const [oldest] of begun) {
        if (begun.size <= MOST_BEGUN) break;
        begun.delete(oldest);
      }
    },
    grow: async (id, offset) => {
      const note = begun.get(id);
      if (!note) return medium.grow(id, offset);
      return new LateUpload(async () => {
        await medium.begin(id, note, NOTHING);
        begun.delete(id);
        return medium.grow(id, 0);
      });
    },
    remove: async (id, untouchedSinceMs) => {
      // Of what is in memory alone there is nothing to remove; it has begun just now.
      if (begun.has(id) && untouchedSinceMs !== undefined) return false;
      return begun.delete(id) || medium.remove(id, untouchedSinceMs);
    },
  };
}

class LateUpload implements GrowingUpload {
  readonly #begin: () => Promise<GrowingUpload>;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #inner: Promise<GrowingUpload> | undefined;
  #begunInner: GrowingUpload | undefined;
  #isDown = false;

  /** @param begin puts the upload on its medium. */
  constructor(begin: () => Promise<GrowingUpload>) {
    this.#begin = begin;
  }

  /** While it is being put down, what waited counts whole: neither twice, nor not at all. */
  get endBytes(): number {
    return this.#isDown ? (this.#begunInner?.endBytes ?? 0) : this.#waitingBytes;
  }

  get isInMemory(): boolean {
    return this.#inner === undefined;
  }

  get hasFailed(): boolean {
    return this.#begunInner?.hasFailed ?? false;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (this.#inner) return (await this.#inner).append(bytes);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) await this.#putDown();
  }

  async advance(): Promise<number> {
    return (await this.#putDown()).advance();
  }

  async makeDurable(): Promise<number> {
    return (await this.#putDown()).makeDurable();
  }

  async rest(): Promise<UploadRest | undefined> {
    if (this.#inner) return (await this.#inner).rest?.();
    return { offset: 0, pieces: this.#waiting };
  }

  async cutOff(from: number): Promise<void> {
    await (await this.#putDown()).cutOff(from);
  }

  async close(): Promise<void> {
    await this.#inner?.catch(() => undefined);
    await this.#begunInner?.close();
  }

  /** Once. What is appended meanwhile waits until what came before it lies there. */
  #putDown(): Promise<GrowingUpload> {
    this.#inner ??= this.#moveDown();
    return this.#inner;
  }

  async #moveDown(): Promise<GrowingUpload> {
    const inner = await this.#begin();
    this.#begunInner = inner;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) await inner.append(bytes);
    this.#isDown = true;
    return inner;
  }
}

/**
 * Where uploads grow until they are whole: a store for tus's server, over files or over documents. An offset is told only
 * of bytes that are durable, so a core that dies never promised bytes it then lacks. Each part is held against the
 * station's list as soon as it is whole, and a damaged one is cut off again. Creating an upload again keeps what is there,
 * so a station that missed the answer loses nothing. And a note that a power cut has torn does not stand in the way: it is
 * written anew.
 */
import type { Readable } from 'node:stream';
import { DataStore, ERRORS, Upload } from '@tus/utils';
import type { PacketSource } from '../../vault/vault.ts';
import { RefusalWithHeaders } from '../door/refuse.ts';
import { lateMedium } from './late-medium.ts';
import { ArrivalCheck, beginOfPart, checkKept, type PartCheck, type PartList, partListOf } from './part-check.ts';
import { patchBody } from './patch-body.ts';
import { runningPatch } from './running-patches.ts';
import type { GrowingUpload, UploadMedium, UploadNote, UploadRest } from './upload-medium.ts';
import { followDurably } from './upload-progress.ts';

/** A part that was bad so often in a row was announced wrongly: the way damages other parts, too. */
const MAX_BAD_IN_A_ROW = 3;

interface BadPart {
  readonly begin: number;
  readonly times: number;
}

/** A part is not as it was announced. */
class DamagedPart extends Error {
  readonly begin: number;

  constructor(begin: number) {
    super(`the part at ${begin} is damaged`);
    this.begin = begin;
  }
}

/** The end of an upload, with the digest of the whole where that was hashed as it came. */
interface HashedRest extends UploadRest {
  readonly digest?: string;
}

export class IncomingStore extends DataStore {
  readonly medium: UploadMedium;
  readonly #progressMs: number;
  /** Uploads whose bytes on the medium this process has checked, or is checking. */
  readonly #checked = new Map<string, Promise<void>>();
  readonly #bad = new Map<string, BadPart>();
  readonly #writing = new Set<string>();
  /** Of uploads that have just become whole: what only this process has, until the vault has it. */
  readonly #rests = new Map<string, HashedRest>();
  /** Uploads that something is done with which nobody may write meanwhile. */
  readonly #held = new Map<string, Promise<unknown>>();

  /** @param progressMs while bytes come, they are made durable and acknowledged at most so often. */
  constructor(medium: UploadMedium, progressMs: number) {
    super();
    this.medium = lateMedium(medium);
    this.#progressMs = progressMs;
    // Nothing but creation: stations neither delete uploads nor begin them without knowing their size.
    this.extensions = ['creation'];
  }

  isWritten(id: string): boolean {
    return this.#writing.has(id);
  }

  /**
   * Does something with an upload that nobody writes meanwhile in this process: a request that comes to write it waits.
   * @returns undefined, and nothing was done, when it is being written.
   */
  async whileNotWritten<T>(id: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#writing.has(id)) return undefined;
    const working = work();
    this.#held.set(
      id,
      working.catch(() => undefined),
    );
    try {
      return await working;
    } finally {
      this.#held.delete(id);
    }
  }

  /** Bytes of the upload that are durable and not known to be bad, or undefined when it was not begun. */
  async offsetOf(id: string): Promise<number | undefined> {
    const { endBytes } = await this.medium.find(id);
    if (!endBytes || this.#checked.has(id) || !this.medium.mayTear) return endBytes;
    await this.#checkOnce(id);
    return (await this.medium.find(id)).endBytes;
  }

  /** What there is of the upload, for the vault; undefined when there is nothing, or no more. */
  async sourceOf(id: string): Promise<PacketSource | undefined> {
    const { medium } = this;
    const rest = this.#rests.get(id);
    if (rest) return withRest(rest, () => medium.read(id, 0, rest.offset));
    const { endBytes: bytes } = await medium.find(id);
    if (bytes === undefined) return undefined;
    const path = medium.pathOf?.(id);
    return { bytes, chunks: () => medium.read(id, 0, bytes), ...(path === undefined ? {} : { path }) };
  }

  /** To be called when the vault has the upload, or is not to have it. */
  forgetRest(id: string): void {
    this.#rests.delete(id);
  }

  override async create(upload: Upload): Promise<Upload> {
    const there = await this.medium.find(upload.id);
    const { note, endBytes } = there;
    const isNew = endBytes === undefined;
    if (isNew || !note || note.metadata?.parts !== upload.metadata?.parts) {
      if (!isNew) await this.#checked.get(upload.id)?.catch(() => undefined);
      await this.medium.begin(upload.id, upload, there);
      this.#forget(upload.id);
    }
    return isNew ? upload : this.getUpload(upload.id);
  }

  /** For the first bytes of an upload that was begun at another gateway, or that a crash has forgotten. */
  async beginUnlessBegun(upload: Upload): Promise<void> {
    const there = await this.medium.find(upload.id);
    if (!there.note) await this.medium.begin(upload.id, upload, there);
  }

  override async getUpload(id: string): Promise<Upload> {
    await this.#checkOnce(id);
    const { note, endBytes } = await this.medium.find(id);
    if (!note) throw ERRORS.FILE_NOT_FOUND;
    if (endBytes === undefined) throw ERRORS.FILE_NO_LONGER_EXISTS;
    // HEAD would send the list of parts back to the station that made it, over a link that has better things to do.
    const { parts: _parts, ...metadata } = note.metadata ?? {};
    return new Upload({ ...kept(note), id, offset: endBytes, metadata });
  }

  /**
   * @throws RefusalWithHeaders ENR-UPL-006 when a part is not as it was announced; what came before it stays. The medium's
   *   error, with what was durable before.
   */
  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    this.#writing.add(id);
    try {
      await this.#held.get(id);
      // Where it was cleared away meanwhile, the station begins it anew.
      const growing = await this.medium.grow(id, offset);
      try {
        return await this.#writeTo(growing, id, patchBody.getStore()?.bytes ?? readable);
      } catch (error) {
        if (!(error instanceof DamagedPart)) throw error;
        await growing.cutOff(error.begin);
        await this.#noteBad(id, error.begin);
        throw new RefusalWithHeaders('ENR-UPL-006', { 'Upload-Offset': String(error.begin) });
      } finally {
        await growing.close();
        // What a disk that failed still has is looked at again before it is counted on.
        if (growing.hasFailed) this.#checked.delete(id);
      }
    } finally {
      this.#writing.delete(id);
    }
  }

  /** @returns where it ends then. @throws DamagedPart, and the medium's error. */
  async #writeTo(growing: GrowingUpload, id: string, readable: Readable): Promise<number> {
    const { note } = await this.medium.find(id);
    const offset = growing.endBytes;
    const check = new ArrivalCheck(await this.#checkFrom(id, offset, listOf(note)), offset);
    await this.#take(readable, growing, note?.size, check);
    const rest = growing.endBytes === note?.size ? await growing.rest?.() : undefined;
    const digest = rest && check.digest();
    if (digest === undefined || digest !== note?.metadata?.digest) requireSound(check);
    if (!rest) return growing.makeDurable();
    this.#rests.set(id, digest === undefined ? rest : { ...rest, digest });
    return growing.endBytes;
  }

  async #take(
    readable: Readable,
    growing: GrowingUpload,
    size: number | undefined,
    check: ArrivalCheck,
  ): Promise<void> {
    const patch = runningPatch.getStore();
    patch?.reached(growing.endBytes);
    const progress = followDurably(growing, this.#progressMs, {
      check: () => requireSound(check),
      tell: (bytes) => patch?.madeDurable(bytes),
      failed: (error) => void readable.destroy(error),
    });
    try {
      for await (const chunk of readable) {
        if (size !== undefined && growing.endBytes + chunk.byteLength > size) throw ERRORS.ERR_SIZE_EXCEEDED;
        await growing.append(chunk);
        patch?.reached(growing.endBytes);
        check.take(chunk);
        if (!growing.isInMemory) requireSound(check);
      }
      await progress.stop();
    } finally {
      await progress.stop().catch(() => undefined);
    }
  }

  /** Everything of it; what is gone already is as good. */
  override async remove(id: string): Promise<void> {
    this.#forget(id);
    await this.medium.remove(id);
  }

  /**
   * The same, when nothing of it was written since then (ms since 1970).
   * @returns whether there was anything to remove
   */
  async removeUntouched(id: string, sinceMs: number): Promise<boolean> {
    const removed = await this.medium.remove(id, sinceMs);
    if (removed) this.#forget(id);
    return removed;
  }

  #forget(id: string): void {
    this.#checked.delete(id);
    this.#bad.delete(id);
  }

  /** A list that was damaged itself would refuse good bytes for ever: the upload begins anew, with a new list. */
  async #noteBad(id: string, begin: number): Promise<void> {
    const before = this.#bad.get(id);
    const times = before?.begin === begin ? before.times + 1 : 1;
    if (times >= MAX_BAD_IN_A_ROW) await this.remove(id);
    else this.#bad.set(id, { begin, times });
  }

  /** A power cut may leave zeros where bytes were written: what is on a disk is checked before it is counted on. */
  async #checkOnce(id: string): Promise<void> {
    if (!this.medium.mayTear) return;
    const checking =
      this.#checked.get(id) ??
      this.#checkMedium(id).catch((error: unknown) => {
        this.#checked.delete(id);
        throw error;
      });
    this.#checked.set(id, checking);
    await checking;
  }

  async #checkMedium(id: string): Promise<void> {
    const { note, endBytes } = await this.medium.find(id);
    const list = listOf(note);
    if (!endBytes || !list) return;
    const { badFrom } = await checkKept(list, 0, this.medium.read(id, 0, endBytes));
    if (badFrom === undefined) return;
    const growing = await this.medium.grow(id, endBytes);
    try {
      await growing.cutOff(badFrom);
    } finally {
      await growing.close();
    }
  }

  /** The check of what will come at `offset`, with what is there already of the part that it lies in. */
  async #checkFrom(id: string, offset: number, list: PartList | undefined): Promise<PartCheck | undefined> {
    if (!list) return undefined;
    const from = beginOfPart(list, offset);
    const { check } = await checkKept(list, from, from < offset ? this.medium.read(id, from, offset) : nothing());
    return check;
  }
}

/** Without what is not known of it. */
function kept({ size, creation_date }: UploadNote): { size?: number; creation_date?: string } {
  return { ...(size === undefined ? {} : { size }), ...(creation_date === undefined ? {} : { creation_date }) };
}

/** @throws DamagedPart */
function requireSound(check: ArrivalCheck): void {
  const badFrom = check.badFrom();
  if (badFrom !== undefined) throw new DamagedPart(badFrom);
}

function withRest({ offset, pieces, digest }: HashedRest, before: () => AsyncIterable<Uint8Array>): PacketSource {
  return {
    bytes: pieces.reduce((sum, { byteLength }) => sum + byteLength, offset),
    ...(digest === undefined ? {} : { digest }),
    chunks: async function* chunks() {
      if (offset > 0) yield* before();
      yield* pieces;
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function listOf(note: UploadNote | undefined): PartList | undefined {
  const parts = note?.metadata?.parts;
  return parts && note.size ? partListOf(parts, note.size) : undefined;
}

/**
 * Where uploads grow until they are whole: tus's own file store, with these differences. An offset is told only of bytes
 * that are durable, so a core that dies never promised bytes it then lacks. Each part is held against the station's list
 * as soon as it is whole, and a damaged one is cut off again. Creating an upload again keeps what is there, so a station
 * that missed the answer loses nothing. And a note that a power cut has torn does not stand in the way: it is written
 * anew.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolderSync, syncFile, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { FileStore } from '@tus/file-store';
import { ERRORS, FileKvStore, type Upload } from '@tus/utils';
import { RefusalWithHeaders } from '../door/refuse.ts';
import { GrowingFile } from './growing-file.ts';
import { beginOfPart, checkFile, type PartCheck, type PartList, partListOf } from './part-check.ts';
import { runningPatch } from './running-patches.ts';
import { followDurably } from './upload-progress.ts';

/** What tus notes of an upload beside its bytes, durable together with the name of the file. */
class UploadNotes extends FileKvStore {
  override async set(key: string, note: Upload): Promise<void> {
    await writeDurably(join(this.directory, `${key}.json`), Buffer.from(JSON.stringify(note)));
  }
}

/** A part that was bad so often in a row was announced wrongly: the way damages other parts, too. */
const MAX_BAD_IN_A_ROW = 3;

interface BadPart {
  readonly begin: number;
  readonly times: number;
}

export class IncomingStore extends FileStore {
  readonly #progressMs: number;
  /** Uploads whose bytes on the disk this process has checked, or is checking. */
  readonly #checked = new Map<string, Promise<void>>();
  readonly #bad = new Map<string, BadPart>();
  readonly #writing = new Set<string>();
  /** Uploads that something is done with which nobody may write meanwhile. */
  readonly #held = new Map<string, Promise<unknown>>();

  /** @param progressMs while bytes come, they are made durable and acknowledged at most so often. */
  constructor(directory: string, progressMs: number) {
    // tus would make it too, but not so that its name outlives a power cut.
    makeFolderSync(directory);
    super({ directory, configstore: new UploadNotes(directory) });
    this.#progressMs = progressMs;
    // Nothing but creation: stations neither delete uploads nor begin them without knowing their size.
    this.extensions = ['creation'];
  }

  pathOf(id: string): string {
    return join(this.directory, id);
  }

  isWritten(id: string): boolean {
    return this.#writing.has(id);
  }

  /**
   * Does something with an upload that nobody writes meanwhile: a request that comes to write it waits.
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
    await this.#checkOnce(id);
    const begun = await this.#begun(id);
    if (begun) await syncFile(this.pathOf(id));
    return begun?.size;
  }

  override async create(upload: Upload): Promise<Upload> {
    if (!(await this.#begun(upload.id))) return super.create(upload);
    const note = await this.configstore.get(upload.id);
    if (!note || note.metadata?.parts !== upload.metadata?.parts) {
      await this.#checked.get(upload.id)?.catch(() => undefined);
      await this.configstore.set(upload.id, upload);
      this.#forget(upload.id);
    }
    return this.getUpload(upload.id);
  }

  override async getUpload(id: string): Promise<Upload> {
    await this.#checkOnce(id);
    const upload = await super.getUpload(id);
    // After a cut, bytes may have reached the file but not the disk.
    await syncFile(this.pathOf(id));
    // HEAD would send the list of parts back to the station that made it, over a link that has better things to do.
    const { parts: _parts, ...metadata } = upload.metadata ?? {};
    upload.metadata = metadata;
    return upload;
  }

  /**
   * @throws RefusalWithHeaders ENR-UPL-006 when a part is not as it was announced; what came before it stays. The file
   *   system's error, with what was durable before.
   */
  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    this.#writing.add(id);
    try {
      await this.#held.get(id);
      // It was cleared away meanwhile; the station begins it anew.
      if (!(await this.#begun(id))) throw ERRORS.FILE_NOT_FOUND;
      const check = await this.#checkFrom(id, offset);
      const file = await GrowingFile.open(this.pathOf(id), offset);
      try {
        return await this.#take(readable, id, file, check);
      } finally {
        await file.close();
        // What a disk that failed still has is looked at again before it is counted on.
        if (file.hasFailed) this.#checked.delete(id);
      }
    } finally {
      this.#writing.delete(id);
    }
  }

  async #take(readable: Readable, id: string, file: GrowingFile, check: PartCheck | undefined): Promise<number> {
    const patch = runningPatch.getStore();
    patch?.reached(file.endBytes);
    const progress = followDurably(file, this.#progressMs, (bytes) => patch?.madeDurable(bytes));
    try {
      for await (const chunk of readable) {
        await file.append(chunk);
        patch?.reached(file.endBytes);
        const badFrom = check?.take(chunk);
        if (badFrom === undefined) continue;
        await progress.stop();
        await file.cutOff(badFrom);
        await this.#noteBad(id, badFrom);
        throw new RefusalWithHeaders('ENR-UPL-006', { 'Upload-Offset': String(badFrom) });
      }
      await progress.stop();
      return await file.makeDurable();
    } finally {
      await progress.stop().catch(() => undefined);
    }
  }

  override async remove(id: string): Promise<void> {
    this.#forget(id);
    await super.remove(id);
  }

  /** Also of an upload whose file has gone elsewhere, or never was. */
  async removeNote(id: string): Promise<void> {
    this.#forget(id);
    await this.configstore.delete(id).catch(() => undefined);
  }

  #forget(id: string): void {
    this.#checked.delete(id);
    this.#bad.delete(id);
  }

  async #begun(id: string): Promise<{ readonly size: number } | undefined> {
    const found = await stat(this.pathOf(id)).catch(() => undefined);
    return found?.isFile() ? found : undefined;
  }

  /** A list that was damaged itself would refuse good bytes for ever: the upload begins anew, with a new list. */
  async #noteBad(id: string, begin: number): Promise<void> {
    const before = this.#bad.get(id);
    const times = before?.begin === begin ? before.times + 1 : 1;
    if (times >= MAX_BAD_IN_A_ROW) await this.remove(id);
    else this.#bad.set(id, { begin, times });
  }

  /** A power cut may leave zeros where bytes were written: what is on the disk is checked before it is counted on. */
  #checkOnce(id: string): Promise<void> {
    const checking =
      this.#checked.get(id) ??
      this.#checkDisk(id).catch((error: unknown) => {
        this.#checked.delete(id);
        throw error;
      });
    this.#checked.set(id, checking);
    return checking;
  }

  async #checkDisk(id: string): Promise<void> {
    const [begun, list] = await Promise.all([this.#begun(id), this.#listOf(id)]);
    if (!begun || !list) return;
    const { badFrom } = await checkFile(this.pathOf(id), list, { from: 0, to: begun.size });
    if (badFrom === undefined) return;
    const file = await GrowingFile.open(this.pathOf(id), begun.size);
    try {
      await file.cutOff(badFrom);
    } finally {
      await file.close();
    }
  }

  /** The check of what will come at `offset`, with what is there already of the part that it lies in. */
  async #checkFrom(id: string, offset: number): Promise<PartCheck | undefined> {
    const list = await this.#listOf(id);
    if (!list) return undefined;
    const { check } = await checkFile(this.pathOf(id), list, { from: beginOfPart(list, offset), to: offset });
    return check;
  }

  async #listOf(id: string): Promise<PartList | undefined> {
    const note = await this.configstore.get(id);
    const parts = note?.metadata?.parts;
    return parts && note.size ? partListOf(parts, note.size) : undefined;
  }
}

/**
 * Where uploads grow until they are whole: tus's own file store, with three differences. An offset is told only of bytes
 * that are durable, so a core that dies never promised bytes it then lacks. Creating an upload again keeps what is
 * there, so a station that missed the answer loses nothing. And a note that a power cut has torn does not stand in the
 * way: it is written anew.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFile, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { FileStore } from '@tus/file-store';
import { FileKvStore, type Upload } from '@tus/utils';

/** What tus notes of an upload beside its bytes, durable together with the name of the file. */
class UploadNotes extends FileKvStore {
  override async set(key: string, note: Upload): Promise<void> {
    await writeDurably(join(this.directory, `${key}.json`), Buffer.from(JSON.stringify(note)));
  }
}

export class IncomingStore extends FileStore {
  constructor(directory: string) {
    super({ directory, configstore: new UploadNotes(directory) });
    // Nothing but creation: stations neither delete uploads nor begin them without knowing their size.
    this.extensions = ['creation'];
  }

  pathOf(id: string): string {
    return join(this.directory, id);
  }

  /** Bytes of the upload that are durable, or undefined when it was not begun. */
  async offsetOf(id: string): Promise<number | undefined> {
    const begun = await this.#begun(id);
    if (begun) await syncFile(this.pathOf(id));
    return begun?.size;
  }

  override async create(upload: Upload): Promise<Upload> {
    if (!(await this.#begun(upload.id))) return super.create(upload);
    if (!(await this.configstore.get(upload.id))) await this.configstore.set(upload.id, upload);
    return this.getUpload(upload.id);
  }

  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const end = await super.write(readable, id, offset);
    await syncFile(this.pathOf(id));
    return end;
  }

  override async getUpload(id: string): Promise<Upload> {
    const upload = await super.getUpload(id);
    // After a cut, bytes may have reached the file but not the disk.
    await syncFile(this.pathOf(id));
    return upload;
  }

  async #begun(id: string): Promise<{ readonly size: number } | undefined> {
    const found = await stat(this.pathOf(id)).catch(() => undefined);
    return found?.isFile() ? found : undefined;
  }
}

/**
 * Where uploads grow until they are whole: tus's own file store, with two differences. An offset is told only of bytes
 * that are durable, so a core that dies never promised bytes it then lacks. And creating an upload again keeps what is
 * there, so a station that missed the answer loses nothing.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncFile } from '@enroute/sync/disk/durable-file.ts';
import { FileStore } from '@tus/file-store';
import type { Upload } from '@tus/utils';

export class IncomingStore extends FileStore {
  constructor(directory: string) {
    super({ directory });
    // Nothing but creation: stations neither delete uploads nor begin them without knowing their size.
    this.extensions = ['creation'];
  }

  pathOf(id: string): string {
    return join(this.directory, id);
  }

  override async create(upload: Upload): Promise<Upload> {
    const begun = await stat(this.pathOf(upload.id)).catch(() => undefined);
    return begun?.isFile() ? this.getUpload(upload.id) : super.create(upload);
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
}

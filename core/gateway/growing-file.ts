/**
 * The file of an upload while bytes are appended to it. It knows how far it is durable, and when the disk refuses to
 * promise more, it is cut back to there: after a failed fsync nobody knows what of the rest is on the disk.
 */
import { type FileHandle, open } from 'node:fs/promises';

export class GrowingFile {
  readonly #file: FileHandle;
  #endBytes: number;
  #durableBytes: number;

  private constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#endBytes = offset;
    this.#durableBytes = offset;
  }

  /** @param offset where it ends; the bytes before it are durable. */
  static async open(path: string, offset: number): Promise<GrowingFile> {
    return new GrowingFile(await open(path, 'r+'), offset);
  }

  get endBytes(): number {
    return this.#endBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.byteLength; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.byteLength - written, this.#endBytes);
      written += bytesWritten;
      this.#endBytes += bytesWritten;
    }
  }

  /**
   * May run while bytes are appended: those that came meanwhile are not promised.
   * @returns so many bytes are durable now.
   * @throws the file system's error; what was durable before still is.
   */
  async makeDurable(): Promise<number> {
    const endBytes = this.#endBytes;
    try {
      // With the size, which is all of a file's metadata that its bytes need.
      await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.#durableBytes).catch(() => undefined);
      throw error;
    }
    this.#durableBytes = Math.max(this.#durableBytes, endBytes);
    return this.#durableBytes;
  }

  /** Lets go of everything from an offset on, durably. */
  async cutOff(from: number): Promise<void> {
    await this.#file.truncate(from);
    await this.#file.sync();
    this.#endBytes = from;
    this.#durableBytes = from;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

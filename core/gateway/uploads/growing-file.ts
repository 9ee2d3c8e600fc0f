/**
 * The file of an upload while bytes are appended to it. It knows how far it is durable, and when the disk refuses to
 * promise more, it is cut back to there, and takes nothing more: after a failed fsync nobody knows what of the rest is on
 * the disk, and what was appended behind it would stand behind a hole.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { GrowingUpload } from './upload-medium.ts';

export class GrowingFile implements GrowingUpload {
  readonly #file: FileHandle;
  #endBytes: number;
  #durableBytes: number;
  #failure: { readonly error: unknown } | undefined;

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

  /** The disk has refused to promise bytes: what lies in the file is no more than what was durable before. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws the file system's error; that of `makeDurable`, once it has failed. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    for (let written = 0; written < bytes.byteLength; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.byteLength - written, this.#endBytes);
      this.#throwIfFailed();
      written += bytesWritten;
      this.#endBytes += bytesWritten;
    }
  }

  /** A disk takes as many small writes as come. */
  advance(): Promise<number> {
    return this.makeDurable();
  }

  /**
   * May run while bytes are appended: those that came meanwhile are not promised.
   * @returns so many bytes are durable now.
   * @throws the file system's error, now and at every later call; what was durable before still is.
   */
  async makeDurable(): Promise<number> {
    this.#throwIfFailed();
    const endBytes = this.#endBytes;
    try {
      // With the size, which is all of a file's metadata that its bytes need.
      await this.#file.datasync();
    } catch (error) {
      this.#failure = { error };
      this.#endBytes = this.#durableBytes;
      await this.#file.truncate(this.#durableBytes).catch(() => undefined);
      throw error;
    }
    this.#durableBytes = Math.max(this.#durableBytes, endBytes);
    return this.#durableBytes;
  }

  /** Lets go of everything from an offset on, durably. */
  async cutOff(from: number): Promise<void> {
    this.#throwIfFailed();
    await this.#file.truncate(from);
    this.#endBytes = from;
    this.#durableBytes = Math.min(this.#durableBytes, from);
    await this.makeDurable();
  }

  async close(): Promise<void> {
    // Bytes that were on their way when the disk failed may have come into the file since.
    if (this.#failure) await this.#file.truncate(this.#durableBytes).catch(() => undefined);
    await this.#file.close();
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/**
 * What unfinished uploads are kept on. There are two: files on this machine (`file-medium.ts`), and documents of the
 * core's store (`document-medium.ts`), where a station may go on at another gateway than the one that it began at.
 */
import type { Upload } from '@tus/utils';
import type { DiskRoom } from './admission.ts';

/** What is noted of an upload when it is begun. */
export type UploadNote = Pick<Upload, 'size' | 'metadata'> & Partial<Pick<Upload, 'creation_date'>>;

export interface FoundUpload {
  /** Undefined when there is none, or a power cut has torn it. */
  readonly note: UploadNote | undefined;
  /** So many bytes are durable; undefined when there is nothing to append to. */
  readonly endBytes: number | undefined;
}

export interface UploadMedium {
  /** After a power cut there may be other bytes than those that came: they are checked before they are counted on. */
  readonly mayTear: boolean;
  find(id: string): Promise<FoundUpload>;
  /**
   * What is there already of its bytes stays; an older note does not.
   * @param there what `find` has just told of it
   */
  begin(id: string, note: UploadNote, there: FoundUpload): Promise<void>;
  /** Opens it at its end. @throws tus's FILE_NOT_FOUND when it was not begun. */
  grow(id: string, offset: number): Promise<GrowingUpload>;
  /** Bytes that are durable. @param to behind the last one */
  read(id: string, from: number, to: number): AsyncIterable<Uint8Array>;
  /** Where its bytes are one file. */
  pathOf?(id: string): string;
  /**
   * Everything of it; what is gone already is as good.
   * @param untouchedSinceMs leaves it as it is when something of it was written since then (ms since 1970)
   * @returns whether there was anything to remove
   */
  remove(id: string, untouchedSinceMs?: number): Promise<boolean>;
  /** The ids of the uploads that there is anything of, in batches. One may come twice. */
  ids(): AsyncIterable<readonly string[]>;
  /** Undefined where it is not known. */
  room(): Promise<DiskRoom | undefined>;
}

/** The end of an upload, in memory. */
export interface UploadRest {
  readonly offset: number;
  readonly pieces: readonly Uint8Array[];
}

/** An upload while bytes are appended to it. What was refused or has failed once takes nothing more. */
export interface GrowingUpload {
  readonly endBytes: number;
  /** All of it is in memory, and nobody was told that any of it is durable. */
  readonly isInMemory?: boolean;
  /** It was refused bytes: there is no more of it than what was durable before. */
  readonly hasFailed: boolean;
  /** @throws what has failed: now, or at an earlier call. */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Makes durable what is worth it, while more comes. May run while bytes are appended.
   * @returns so many bytes are durable now.
   */
  advance(): Promise<number>;
  /** Makes everything durable that was appended. @returns so many bytes are durable now. */
  makeDurable(): Promise<number>;
  /**
   * In place of making the end of a whole packet durable here: the vault is to do that at once. Nothing of it is told to
   * be durable before. Undefined where all of it lies on the medium.
   */
  rest?(): Promise<UploadRest | undefined>;
  /** Lets go of everything from an offset on, durably. */
  cutOff(from: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * The frames of a bundle file from its beginning to its end, one in memory at a time. A frame that can not be read, or that
 * is not what was written, is told as damage and the next one follows: what lies behind it is none the worse. Damaged frames
 * side by side are told once.
 */
import type { FileHandle } from 'node:fs/promises';
import type { BundleStream } from '@enroute/shared/courier/format.ts';
import { FRAME_BYTES, type Frame, frameOffset, openFrame } from '@enroute/shared/courier/frames.ts';
import { readFully } from './read-fully.ts';

export type FrameStep =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** From one place up to another. */
  | { readonly kind: 'damaged'; readonly atBytes: number; readonly toBytes: number }
  /** The file ends before its last frame. */
  | { readonly kind: 'broken-off'; readonly atBytes: number };

export interface FrameSource {
  readonly file: FileHandle;
  readonly fileBytes: number;
  readonly stream: BundleStream;
  readonly signal: AbortSignal | undefined;
}

/** @throws the signal's reason when it is aborted */
export async function* readFrames(source: FrameSource, fromIndex: number): AsyncGenerator<FrameStep> {
  const { file, fileBytes, stream, signal } = source;
  let damagedFrom: number | undefined;
  let atBytes = frameOffset(fromIndex);
  for (let index = fromIndex; atBytes + FRAME_BYTES <= fileBytes; index += 1, atBytes = frameOffset(index)) {
    signal?.throwIfAborted();
    const frame: Frame | undefined = await readFrame(file, index, stream);
    if (!frame) {
      damagedFrom ??= atBytes;
      continue;
    }
    if (damagedFrom !== undefined) yield { kind: 'damaged', atBytes: damagedFrom, toBytes: atBytes };
    damagedFrom = undefined;
    yield { kind: 'frame', frame };
    if (frame.isLast) {
      // Behind the end there is nothing to be found, however much of it there is.
      const endBytes = frameOffset(index + 1);
      if (endBytes < fileBytes) yield { kind: 'damaged', atBytes: endBytes, toBytes: fileBytes };
      return;
    }
  }
  if (damagedFrom !== undefined) yield { kind: 'damaged', atBytes: damagedFrom, toBytes: atBytes };
  yield { kind: 'broken-off', atBytes: Math.min(atBytes, fileBytes) };
}

/** A bad spot of the stick shows as an error of the disk: as much damage as bytes that were changed. */
export async function readFrame(file: FileHandle, index: number, stream: BundleStream): Promise<Frame | undefined> {
  const bytes = await readFully(file, frameOffset(index), FRAME_BYTES).catch(() => undefined);
  return bytes && openFrame(bytes, index, stream);
}

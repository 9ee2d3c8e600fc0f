/**
 * The frames of a bundle file from its beginning to its end, one in memory at a time. A frame that can not be read, or that
 * is not what was written, is told as damage and the next one follows: what lies behind it is none the worse.
 */
import type { FileHandle } from 'node:fs/promises';
import type { BundleStream } from '@enroute/shared/courier/format.ts';
import { FRAME_BYTES, type Frame, frameOffset, openFrame } from '@enroute/shared/courier/frames.ts';
import { readFully } from './read-fully.ts';

export type FrameStep =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'damaged'; readonly atBytes: number }
  /** The file ends before its last frame. */
  | { readonly kind: 'broken-off'; readonly atBytes: number };

export async function* readFrames(
  file: FileHandle,
  fileBytes: number,
  stream: BundleStream,
  fromIndex: number,
): AsyncGenerator<FrameStep> {
  let isEnded = false;
  for (let index = fromIndex; frameOffset(index) < fileBytes; index += 1) {
    const atBytes = frameOffset(index);
    const isCut = !isEnded && atBytes + FRAME_BYTES > fileBytes;
    if (isCut) return yield { kind: 'broken-off', atBytes };
    const frame: Frame | undefined = isEnded ? undefined : await readFrame(file, index, stream);
    if (!frame) {
      yield { kind: 'damaged', atBytes };
      // Behind the end there is nothing to be found, however much of it there is.
      if (isEnded) return;
      continue;
    }
    isEnded = frame.isLast;
    yield { kind: 'frame', frame };
  }
  if (!isEnded) yield { kind: 'broken-off', atBytes: fileBytes };
}

/** A bad spot of the stick shows as an error of the disk: as much damage as bytes that were changed. */
export async function readFrame(file: FileHandle, index: number, stream: BundleStream): Promise<Frame | undefined> {
  const bytes = await readFully(file, frameOffset(index), FRAME_BYTES).catch(() => undefined);
  return bytes && openFrame(bytes, index, stream);
}

/** Where the parts of a stored packet begin and end: `edge-agent/queue/stored-packet.ts` around `shared/packet/format.ts`. */
import {
  FRAME_BYTES,
  PREFIX_BYTES as PACKET_PREFIX_BYTES,
  STREAM_HEADER_BYTES,
} from '@enroute/shared/packet/format.ts';

/** From, and up to but not including. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

const STORED_PREFIX_BYTES = 8;
const MAC_BYTES = 16;

/** The parts of a file by name, in their order; a packet of less than three frames has none in the middle. */
export function partsOf(file: Buffer): Readonly<Record<string, Part>> {
  const manifest = { from: STORED_PREFIX_BYTES, to: STORED_PREFIX_BYTES + file.readUIntBE(5, 3) };
  const packet = manifest.to;
  const header = {
    from: packet + PACKET_PREFIX_BYTES,
    to: packet + PACKET_PREFIX_BYTES + file.readUInt16BE(packet + 6),
  };
  const sealedKey =
    header.from + file.subarray(header.from, header.to).indexOf('"sealedKey":"') + '"sealedKey":"'.length;
  const stream = { from: header.to, to: header.to + STREAM_HEADER_BYTES };
  const frames = frameParts(stream.to, file.byteLength);
  const nowhere = { from: file.byteLength, to: file.byteLength };
  const [first = nowhere, middle = nowhere] = frames;
  const last = frames.at(-1) ?? nowhere;
  return {
    'the prefix': { from: 0, to: 4 },
    'the version of the prefix': { from: 4, to: 5 },
    'the length of the manifest': { from: 5, to: manifest.from },
    'the manifest': manifest,
    "the packet's magic": { from: packet, to: packet + 4 },
    "the packet's version": { from: packet + 4, to: packet + 5 },
    'the length of the header': { from: packet + 6, to: packet + PACKET_PREFIX_BYTES },
    'the header': header,
    'the sealed key': { from: sealedKey, to: sealedKey + 107 },
    "the stream's header": stream,
    'the first frame': first,
    'a frame in the middle': middle,
    'the last frame': last,
    'the tag of the first frame': { from: first.from, to: first.from + 1 },
    'the tag of the last frame': { from: last.from, to: last.from + 1 },
    "the last frame's authenticator": { from: last.to - MAC_BYTES, to: last.to },
  };
}

function frameParts(from: number, end: number): Part[] {
  const frames: Part[] = [];
  for (let at = from; at < end; at += FRAME_BYTES) frames.push({ from: at, to: Math.min(at + FRAME_BYTES, end) });
  return frames;
}

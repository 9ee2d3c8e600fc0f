/**
 * The records of a courier bundle, one behind the other in the frames' payloads.
 *
 * ```
 * offset  size  what
 * 0       1     kind: 1 statement, 2 packet, 3 document; 0: padding up to the frame's end
 * 1       3     J: length of the JSON, big-endian
 * 4       4     B: length of the body, big-endian
 * 8       J     JSON in UTF-8: the statement, the packet's manifest, or {"id","body"} of a channel document
 * 8+J     B     body: the packet's bytes; nothing for the others
 * ```
 */
import { MAX_PACKET_BYTES } from '../packet/format.ts';

const KINDS = { 0: 'padding', 1: 'statement', 2: 'packet', 3: 'document' } as const;
const CODES = { statement: 1, packet: 2, document: 3 } as const;

/** A channel document has at most 16 KiB; what wraps it needs a little more. */
const MAX_RECORD_JSON_BYTES = 20 * 1024;
export const RECORD_HEAD_BYTES = 8;

export type RecordKind = keyof typeof CODES;

export interface RecordHead {
  readonly kind: RecordKind;
  readonly jsonBytes: number;
  readonly bodyBytes: number;
}

/** Head and JSON of a record; its body follows. @throws RangeError when it is larger than a record may be. */
export function encodeRecord(kind: RecordKind, json: object, bodyBytes: number): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  if (!isBounded(kind, text.byteLength, bodyBytes)) throw new RangeError(`A ${kind} is too large for a record.`);
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  head.writeUInt8(CODES[kind], 0);
  head.writeUIntBE(text.byteLength, 1, 3);
  head.writeUInt32BE(bodyBytes, 4);
  return Buffer.concat([head, text]);
}

/** @returns `padding` where no record follows in this frame; undefined for what no sender of this version writes. */
export function decodeRecordHead(bytes: Uint8Array): RecordHead | 'padding' | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = KINDS[head.readUInt8(0) as keyof typeof KINDS];
  if (kind === 'padding' || kind === undefined) return kind;
  const [jsonBytes, bodyBytes] = [head.readUIntBE(1, 3), head.readUInt32BE(4)];
  return isBounded(kind, jsonBytes, bodyBytes) ? { kind, jsonBytes, bodyBytes } : undefined;
}

function isBounded(kind: RecordKind, jsonBytes: number, bodyBytes: number): boolean {
  return jsonBytes <= MAX_RECORD_JSON_BYTES && bodyBytes <= (kind === 'packet' ? MAX_PACKET_BYTES : 0);
}

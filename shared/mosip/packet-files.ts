import type { z } from 'zod';
import { SUB_PACKETS, type SubPacket } from '../enrolment/enrolment.ts';
import { MosipError } from './findings.ts';
import { safeName } from './schema.ts';

/** The contents of a packet: "id/ID.json" and so on, and the envelopes of zips by their own paths, to bytes. */
export type MosipFiles = ReadonlyMap<string, Uint8Array>;

/** As much as one file may weigh: a whole packet of MOSIP may not weigh more than a third of it. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** As much as a packet may come to, however it is packed. */
export interface PacketLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
}

/** A packet has some ten files and weighs about a megabyte: room enough, and yet a wrong source is soon given up. */
export const PACKET_LIMITS: PacketLimits = {
  maxFiles: 64,
  maxFileBytes: MAX_FILE_BYTES,
  maxTotalBytes: 4 * MAX_FILE_BYTES,
};

/** `[SOURCE/PROCESS/]{RID}_{id|evidence|optional}.json`; a sub-packet's own folder holds files of another kind. */
const ENVELOPE_PATH =
  /^(?!(?:id|evidence|optional)\/)(?:[A-Za-z0-9][\w-]{0,63}\/){0,2}[A-Za-z0-9][\w-]{0,63}_(?:id|evidence|optional)\.json$/;

/** Whether it is what MOSIP writes beside the zip of a sub-packet, not a file of the sub-packet. */
export const isEnvelope = (path: string): boolean => ENVELOPE_PATH.test(path);

/** Each sub-packet's files by their bare name. Any other path is refused, and so is a file out of proportion. */
export function bySubPacket(files: MosipFiles): ReadonlyMap<SubPacket, MosipFiles> {
  const parts = new Map<SubPacket, Map<string, Uint8Array>>();
  for (const [path, bytes] of files) {
    if (isEnvelope(path)) continue;
    const [folder, name, ...more] = path.split('/');
    const subPacket = SUB_PACKETS.find((known) => known === folder);
    if (subPacket === undefined || more.length > 0 || !safeName.safeParse(name).success || name === undefined) {
      throw new MosipError('MOSIP_UNSAFE_PATH', `A packet holds no file at ${JSON.stringify(path.slice(0, 80))}.`);
    }
    if (bytes.length > MAX_FILE_BYTES) {
      throw new MosipError('MOSIP_FILE_TOO_LARGE', `${path} is larger than ${MAX_FILE_BYTES} bytes.`);
    }
    const part = parts.get(subPacket) ?? new Map<string, Uint8Array>();
    parts.set(subPacket, part.set(name, bytes));
  }
  return parts;
}

/** The names a reference may mean: hash sequences and fields leave the extension out. */
export function namesOf(part: MosipFiles, reference: string): string[] {
  if (part.has(reference)) return [reference];
  return [...part.keys()].filter((name) => name.replace(/\.[^.]*$/, '') === reference);
}

export function requiredFile(part: MosipFiles, subPacket: SubPacket, reference: string): Uint8Array {
  const [name, ...others] = namesOf(part, reference);
  const bytes = name === undefined ? undefined : part.get(name);
  if (bytes === undefined || others.length > 0) {
    const count = bytes === undefined ? 'no' : 'more than one';
    throw new MosipError('MOSIP_FILE_MISSING', `The packet holds ${count} file "${reference}" in ${subPacket}.`);
  }
  return bytes;
}

/** JSON of a stranger, checked. The message names the place and never quotes the value: it may be personal. */
export function parseJson<T>(bytes: Uint8Array, schema: z.ZodType<T>, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the text, so it is not passed on.
    throw new MosipError('MOSIP_NOT_JSON', `${path} is not JSON in UTF-8.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new MosipError('MOSIP_BAD_SHAPE', `${path} is not as MOSIP writes it, at "${place.slice(0, 120)}".`);
}

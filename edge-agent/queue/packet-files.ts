/**
 * Sealed packets as files of the station. "Saved" means: written, fsynced, read back, and the same. What the supervisor
 * decided lies beside the packet: both outlive the queue's database.
 */
import { opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { isRid } from '@enroute/shared/rid/rid.ts';
import { type Manifest, manifestSchema } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import {
  makeFolderSync,
  moveDurably,
  PARTIAL_SUFFIX,
  removeDurably,
  writeDurably,
} from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';
import { rejectionSchema } from './rejection.ts';
import { decodeStored, encodeStored, type StoredPacket, splitStored } from './stored-packet.ts';

export interface PacketFiles {
  readonly folder: string;
  /**
   * @throws EnrouteError ENR-STN-001 when the disk is full, -006 when it can't be written, -002 when what was read back
   *   is not what was written. Nothing is left behind then.
   */
  save(manifest: Manifest, packet: Uint8Array): Promise<void>;
  /**
   * The packet of that digest.
   * @throws EnrouteError ENR-STN-003 when the file is missing, was changed, or is another's; -006 when the disk does not
   *   let it be read now.
   */
  read(rid: string, digest: string): Promise<Uint8Array>;
  /** The file as it lies there. @throws as `read` */
  readStored(rid: string): Promise<StoredPacket>;
  /** The manifest of a file whose packet may be damaged. @throws as `read`, when not even that can be read */
  readManifest(rid: string): Promise<Manifest>;
  /** @throws EnrouteError ENR-STN-001 or -006 when the disk does not take it. */
  saveDecision(rid: string, decision: StoredDecision): Promise<void>;
  /** Undefined when none was made. @throws EnrouteError ENR-STN-003 when it is damaged. */
  readDecision(rid: string): Promise<StoredDecision | undefined>;
  /** Deletes a decision that came to nothing. */
  dropDecision(rid: string): Promise<void>;
  has(rid: string): Promise<boolean>;
  /** Deletes packet and decision durably; what is gone already is as good. */
  delete(rid: string): Promise<void>;
  /** Those that lie here, in order, whole or not. */
  rids(): Promise<string[]>;
  /** The same in no order, so many at a time: a folder may hold ten thousand. */
  pages(size: number): AsyncIterable<string[]>;
  /** Files that a crash left half written go. */
  tidy(): Promise<void>;
  /** Puts a file out of the way that nobody was told of. */
  putApart(rid: string): Promise<void>;
}

const decisionSchema = z.union([
  /** The manifest with the supervisor's signature. */
  z.strictObject({ approved: manifestSchema }),
  z.strictObject({ rejected: rejectionSchema }),
]);

/** What a supervisor decided on a packet. */
export type StoredDecision = z.infer<typeof decisionSchema>;

const SUFFIX = '.enrs';
const DECISION_SUFFIX = '.decision.json';
const ORPHANS = 'orphans';
const LISTED_AT_ONCE = 1_000;
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);

export function openPacketFiles(folder: string): PacketFiles {
  makeFolderSync(folder);
  const pathOf = (rid: string): string => join(folder, `${rid}${SUFFIX}`);
  const decisionPathOf = (rid: string): string => join(folder, `${rid}${DECISION_SUFFIX}`);

  async function readAs(rid: string, decode: (bytes: Uint8Array) => StoredPacket): Promise<StoredPacket> {
    const bytes = await readFile(pathOf(rid)).catch((cause: unknown) => {
      throw unreadable(rid, cause);
    });
    const stored = decode(bytes);
    if (stored.manifest.rid !== rid) throw new EnrouteError('ENR-STN-003', `${rid}: another packet's file`);
    return stored;
  }
  const readStored = (rid: string): Promise<StoredPacket> => readAs(rid, decodeStored);

  async function* pages(size: number): AsyncIterable<string[]> {
    let page: string[] = [];
    for await (const { name } of await opendir(folder)) {
      const rid = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : '';
      if (!isRid(rid)) continue;
      page.push(rid);
      if (page.length < size) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  return {
    folder,
    save: async (manifest, packet) => {
      const path = pathOf(manifest.rid);
      const bytes = encodeStored({ manifest, packet });
      try {
        await writeDurably(path, bytes);
        const back = await readFile(path);
        // The digest over what came back, and that the rest of the file is what went out.
        const packetBack = back.subarray(bytes.byteLength - packet.byteLength);
        if (back.equals(bytes) && sha256Hex(packetBack) === manifest.packet.digest) return;
      } catch (cause) {
        throw refusal(cause);
      }
      await removeDurably(path);
      throw new EnrouteError('ENR-STN-002', manifest.rid);
    },
    readStored,
    readManifest: async (rid) => (await readAs(rid, splitStored)).manifest,
    read: async (rid, digest) => {
      const { manifest, packet } = await readStored(rid);
      if (manifest.packet.digest !== digest) throw new EnrouteError('ENR-STN-003', `${rid}: another digest`);
      return packet;
    },
    saveDecision: async (rid, decision) => {
      const bytes = Buffer.from(JSON.stringify(decision));
      await writeDurably(decisionPathOf(rid), bytes).catch((cause: unknown) => {
        throw refusal(cause);
      });
    },
    readDecision: async (rid) => {
      const text = await readFile(decisionPathOf(rid), 'utf8').catch((cause: unknown) => {
        if (codeOf(cause) === 'ENOENT') return undefined;
        throw unreadable(`${rid}: decision`, cause);
      });
      if (text === undefined) return undefined;
      try {
        return decisionSchema.parse(JSON.parse(text));
      } catch {
        throw new EnrouteError('ENR-STN-003', `${rid}: decision`);
      }
    },
    dropDecision: (rid) => removeDurably(decisionPathOf(rid)),
    has: async (rid) => (await stat(pathOf(rid)).catch(() => undefined)) !== undefined,
    delete: async (rid) => {
      // The decision last: a packet without it could be taken for one that may go.
      await removeDurably(pathOf(rid));
      await removeDurably(decisionPathOf(rid));
    },
    pages,
    rids: async () => {
      const rids: string[] = [];
      for await (const page of pages(LISTED_AT_ONCE)) rids.push(...page);
      return rids.sort();
    },
    tidy: async () => {
      for await (const { name } of await opendir(folder)) {
        if (name.endsWith(PARTIAL_SUFFIX)) await removeDurably(join(folder, name));
      }
    },
    putApart: async (rid) => {
      await moveDurably(pathOf(rid), join(folder, ORPHANS, `${rid}${SUFFIX}`));
      if ((await readFile(decisionPathOf(rid)).catch(() => undefined)) === undefined) return;
      await moveDurably(decisionPathOf(rid), join(folder, ORPHANS, `${rid}${DECISION_SUFFIX}`));
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

/** A file that is gone is damage; a disk or a virus scanner that does not let it be read now may do so later. */
function unreadable(what: string, cause: unknown): EnrouteError {
  const code = codeOf(cause);
  return new EnrouteError(code === 'ENOENT' ? 'ENR-STN-003' : 'ENR-STN-006', `${what}: ${code}`, cause);
}

function refusal(cause: unknown): EnrouteError {
  const code = codeOf(cause);
  return new EnrouteError(DISK_FULL.has(code) ? 'ENR-STN-001' : 'ENR-STN-006', code, cause);
}

/**
 * Where the core keeps packet bytes, named by their digest. A packet is there whole, durable and verified, or not at all;
 * every read verifies it again. Two vaults carry this out and pass `vault.conformance.ts`: files on this machine's disk
 * (`disk-vault.ts`), and the core's store (`store-vault.ts`), for gateways that keep nothing on a disk of their own.
 */
import { createHash } from 'node:crypto';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

/** The bytes of a packet, wherever they lie. They can be read more than once. */
export interface PacketSource {
  readonly bytes: number;
  chunks(): AsyncIterable<Uint8Array>;
  /** Their SHA-256 as hex, where they lie in memory and have just been hashed there: then nobody does it again. */
  readonly digest?: string;
  /** A file that holds just these bytes; a vault on the same disk moves it instead of copying. */
  readonly path?: string;
}

/** No publication takes so long: what one has left that is older belongs to nobody. */
export const STALE_AFTER_MS = 24 * 60 * 60 * 1_000;

export interface Vault {
  /**
   * Takes a packet in; durable when it resolves. The same packet twice is one packet; one that has rotted is replaced.
   * @throws EnrouteError ENR-PKT-006 when the bytes are not those of the digest, and whatever the source throws: then
   *   nothing can be seen of it.
   */
  publish(source: PacketSource, digest: string): Promise<void>;
  has(digest: string): Promise<boolean>;
  /** Those of up to 1000 digests that are there. */
  held(digests: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * A whole packet.
   * @throws EnrouteError ENR-VLT-001 when there is none, ENR-PKT-006 when the bytes are not those that were published.
   */
  read(digest: string): Promise<Uint8Array>;
  /**
   * The same in pieces. Rot may show only at the end: whoever acts on a piece before must be able to take it back.
   * @throws EnrouteError as `read`
   */
  open(digest: string): AsyncIterable<Uint8Array>;
  /** Every digest behind `after`, in order, in pages of at most 1000; never an empty one. */
  digests(after?: string): AsyncIterable<readonly string[]>;
  /**
   * Takes a packet that has rotted out of use and keeps its bytes, for a person to look at: the vault has it no more, so
   * that it can be published again. It looks for itself: one that is sound, or not there, is left as it is, whatever was
   * published meanwhile, and so is one whose bytes can't be kept.
   * @returns whether it was set aside
   */
  setAside(digest: string): Promise<boolean>;
  /**
   * Removes what publications have left that were interrupted and last wrote before a time. They were never told to be
   * here. @returns how many files or documents it removed
   */
  clearUnfinished(before: Date): Promise<number>;
}

/** No other text comes near the disk or the store. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @throws EnrouteError ENR-PKT-006: no bytes have such a digest. */
export function requireDigest(text: string): void {
  if (!isDigest(text)) throw new EnrouteError('ENR-PKT-006', 'not a digest');
}

export function notHeld(digest: string): EnrouteError {
  return new EnrouteError('ENR-VLT-001', isDigest(digest) ? digest : 'not a digest');
}

/** Passes pieces on and holds them against a digest. @throws EnrouteError ENR-PKT-006 behind the last one. */
export async function* verified(chunks: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== digest) throw new EnrouteError('ENR-PKT-006', digest);
}

/** The pieces of a source, held against a digest. @throws EnrouteError ENR-PKT-006 before the first or behind the last one. */
export function soundPieces(source: PacketSource, digest: string): AsyncIterable<Uint8Array> {
  if (source.digest === undefined) return verified(source.chunks(), digest);
  if (source.digest !== digest) throw new EnrouteError('ENR-PKT-006', digest);
  return source.chunks();
}

/** What a file system says of bytes that it can't give out; the last is what Node calls EUCLEAN, as Linux has it. */
const ROT = new Set<unknown>(['EIO', 'EBADMSG', 'EILSEQ', 'Unknown system error -117']);

/**
 * Whether an error tells of the packet, and not of its vault: a store that is closed or refuses, too many open files or too
 * little memory say nothing of any packet.
 */
export function isOfPacket(error: unknown): error is Error {
  if (error instanceof EnrouteError) return true;
  return error instanceof Error && 'code' in error && ROT.has(error.code);
}

/** Whether what the vault has of a packet are its bytes. @throws whatever is the vault's trouble and not the packet's. */
export async function isSound(vault: Pick<Vault, 'open'>, digest: string): Promise<boolean> {
  try {
    for await (const _piece of vault.open(digest));
    return true;
  } catch (error) {
    if (isOfPacket(error)) return false;
    throw error;
  }
}

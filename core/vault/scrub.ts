/**
 * Reads every packet of a vault and holds it against its digest, so that rot is found while the station may still have
 * the packet, and not on the day when somebody needs it. It goes through the digests in order, at a pace that leaves the
 * disk to others; it can be stopped at any time and go on behind the last packet that it has looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { StoreError } from '../store/store.ts';
import { isOfPacket, type Vault } from './vault.ts';

export interface ScrubOptions {
  /** Ends it behind the packet that it is looking at. */
  readonly signal?: AbortSignal;
  /** To go on behind this digest. */
  readonly after?: string;
  /** At most so much is read; as fast as it can without it. */
  readonly bytesPerSecond?: number;
  /** What has rotted is taken out of use; its bytes stay. Otherwise it is only reported. */
  readonly setAside?: boolean;
  readonly onProgress?: (progress: ScrubProgress) => void;
}

export interface ScrubProgress {
  readonly packets: number;
  readonly bytes: number;
  readonly rotten: number;
  /** The digest that it has looked at last. */
  readonly last: string;
}

export interface Rotten {
  readonly digest: string;
  /** changed: the bytes are others, or a part of them is missing. unreadable: the disk or the store refuses them. */
  readonly what: 'changed' | 'unreadable';
  readonly detail: string;
  readonly setAside: boolean;
}

export interface ScrubReport {
  /** Packets that were looked at, and their bytes. */
  readonly packets: number;
  readonly bytes: number;
  /** All of them are counted; at most MOST_NAMED are named. */
  readonly rottenPackets: number;
  readonly rotten: readonly Rotten[];
  /** Whether it has come to the end. */
  readonly complete: boolean;
  /** What to go on behind; undefined when there was nothing. */
  readonly last: string | undefined;
}

export type ScrubbedVault = Pick<Vault, 'digests' | 'open' | 'setAside'>;

const MOST_NAMED = 1_000;

/** @throws StoreError, or the file system's error, when it is the vault that fails: that says nothing of any packet. */
export async function scrub(vault: ScrubbedVault, options: ScrubOptions = {}): Promise<ScrubReport> {
  const { signal, setAside = false, onProgress } = options;
  const pace = new Pace(options.bytesPerSecond, signal);
  const rotten: Rotten[] = [];
  let [packets, bytes, rottenPackets] = [0, 0, 0];
  let last = options.after;
  const report = (complete: boolean): ScrubReport => ({ packets, bytes, rottenPackets, rotten, complete, last });

  for await (const page of vault.digests(options.after)) {
    for (const digest of page) {
      if (signal?.aborted) return report(false);
      const looked = await look(vault, digest, pace);
      packets += 1;
      bytes += looked.bytes;
      last = digest;
      if (looked.trouble) {
        rottenPackets += 1;
        const { what, detail } = looked.trouble;
        const isAside = setAside && (await putAside(vault, digest));
        if (rotten.length < MOST_NAMED) rotten.push({ digest, what, detail, setAside: isAside });
      }
      onProgress?.({ packets, bytes, rotten: rottenPackets, last });
    }
  }
  return report(true);
}

type Trouble = Pick<Rotten, 'what' | 'detail'>;

async function look(
  vault: ScrubbedVault,
  digest: string,
  pace: Pace,
): Promise<{ readonly bytes: number; readonly trouble: Trouble | undefined }> {
  let bytes = 0;
  try {
    for await (const piece of vault.open(digest)) {
      bytes += piece.byteLength;
      await pace.spend(piece.byteLength);
    }
    return { bytes, trouble: undefined };
  } catch (error) {
    return { bytes, trouble: troubleOf(error) };
  }
}

/** @returns undefined for a packet that was set aside meanwhile. @throws what is no trouble of the packet. */
function troubleOf(error: unknown): Trouble | undefined {
  if (!isOfPacket(error)) throw error;
  if (!(error instanceof EnrouteError)) return { what: 'unreadable', detail: error.message };
  if (error.code === 'ENR-VLT-001') return undefined;
  return { what: 'changed', detail: error.detail ?? '' };
}

/** What can't even be moved stays where it is, and is named; and so does what has become sound meanwhile. */
async function putAside(vault: ScrubbedVault, digest: string): Promise<boolean> {
  try {
    return await vault.setAside(digest);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    return false;
  }
}

/** Spreads what is read over the time. */
class Pace {
  readonly #bytesPerSecond: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #beganMs = performance.now();
  #bytes = 0;

  constructor(bytesPerSecond: number | undefined, signal: AbortSignal | undefined) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
  }

  /** Waits until so much more may have been read. Nobody who stops waits for it. */
  async spend(bytes: number): Promise<void> {
    if (this.#bytesPerSecond === undefined) return;
    this.#bytes += bytes;
    const dueMs = (this.#bytes / this.#bytesPerSecond) * 1_000 - (performance.now() - this.#beganMs);
    if (dueMs > 0) await sleep(dueMs, undefined, this.#signal ? { signal: this.#signal } : {}).catch(() => undefined);
  }
}

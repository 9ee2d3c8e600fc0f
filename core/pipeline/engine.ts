/**
 * The engine: follows the feed of `registrations`, which only tells it that there may be work, and takes registrations
 * along their flows in batches. What is to be done stands on the documents; a crash loses no more than the knowledge of
 * where in the feed it was, and that is kept just before the first registration that is not finished.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { registrationSchema } from '@enroute/shared/registration/registration.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import { type Change, type Database, type Doc, MAX_BATCH, StoreError } from '../store/store.ts';
import { Checkpoint } from './checkpoint.ts';
import { type BatchOptions, isDue, runBatch } from './run-batch.ts';

export interface EngineOptions extends BatchOptions {
  readonly leases: Database;
  /** Most registrations that are worked on at once; 1 to MAX_BATCH. */
  readonly batchSize: number;
  /** Most registrations that wait in memory; the feed is not read further until there is room. */
  readonly window: number;
  readonly log: Logger;
}

export interface Engine {
  /** Stops after the batch at hand; what is not finished is taken up at the next start. */
  stop(): Promise<void>;
}

const CHECKPOINT_ID = 'job:engine';
const FEED_PAGE = 200;
const FEED_WAIT_MS = 1_000;
const CHECKPOINT_EVERY_MS = 5_000;
const PAUSE_AFTER_ERROR_MS = 1_000;
/** Most bytes of packets in a batch of more than one: they are in memory all at once, decrypted. */
const BATCH_BYTES = 64 * 1024 * 1024;

interface CheckpointDoc extends Doc {
  readonly since: string;
}

/** @throws RangeError on sizes that it can't work with; StoreError when it can't read where it was. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { batchSize, window } = options;
  if (!(batchSize >= 1 && batchSize <= MAX_BATCH))
    throw new RangeError(`batchSize ${batchSize} is not 1 to ${MAX_BATCH}.`);
  if (!(window >= 1)) throw new RangeError(`window ${window} is less than 1.`);
  const stopping = new AbortController();
  const saved = await options.leases.get<CheckpointDoc>(CHECKPOINT_ID);
  const running = new EngineLoop(options, saved?.since, stopping.signal).run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

class EngineLoop {
  readonly #options: EngineOptions;
  readonly #stopping: AbortSignal;
  readonly #checkpoint: Checkpoint;
  /** Registrations that are open, as they were last read or saved. Never more than the window. */
  readonly #open = new Map<string, StoredRegistration>();
  #since: string | undefined;
  #savedSince: string | undefined;
  #savedAt = 0;

  constructor(options: EngineOptions, since: string | undefined, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
    this.#checkpoint = new Checkpoint(since);
    this.#since = since;
    this.#savedSince = since;
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        await this.#readFeed();
        await this.#work();
        await this.#saveCheckpoint(CHECKPOINT_EVERY_MS);
      } catch (error) {
        if (this.#stopping.aborted) break;
        this.#options.log.error({ err: error }, 'engine: will go on in a moment');
        await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
      }
    }
    await this.#saveCheckpoint(0).catch((error) => this.#options.log.error({ err: error }, 'engine: no checkpoint'));
  }

  async #readFeed(): Promise<void> {
    const room = this.#options.window - this.#open.size;
    if (room <= 0) return this.#waitForDue();
    const waitMs = this.#due().length > 0 ? 0 : this.#msUntilDue();
    const { changes, lastSeq } = await this.#options.registrations.changes({
      since: this.#since,
      limit: Math.min(FEED_PAGE, room),
      waitMs,
      signal: this.#stopping,
    });
    for (const change of changes) this.#see(change);
    this.#since = lastSeq;
    this.#checkpoint.passed(lastSeq);
  }

  #see({ id, seq, deleted, doc }: Change): void {
    const parsed = deleted ? undefined : registrationSchema.safeParse(doc);
    if (parsed && !parsed.success) this.#options.log.error({ rid: id }, 'engine: a registration that can not be read');
    const registration = parsed?.data ? { ...parsed.data, _rev: doc._rev } : undefined;
    const open = registration !== undefined && (registration.state === 'RECEIVED' || registration.state === 'IN_FLOW');
    this.#checkpoint.see(id, seq, open);
    if (open) this.#open.set(id, registration);
    else this.#open.delete(id);
  }

  #due(): StoredRegistration[] {
    const now = this.#options.now();
    return [...this.#open.values()].filter((registration) => isDue(registration, now));
  }

  #msUntilDue(): number {
    const now = this.#options.now().getTime();
    const dues = [...this.#open.values()].map(({ notBefore }) => (notBefore ? Date.parse(notBefore) - now : 0));
    return Math.max(0, Math.min(FEED_WAIT_MS, ...dues));
  }

  async #waitForDue(): Promise<void> {
    await sleep(this.#msUntilDue(), undefined, { signal: this.#stopping }).catch(() => undefined);
  }

  async #work(): Promise<void> {
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    const { saved, overtaken } = await runBatch(batch, this.#options);
    for (const registration of saved) this.#settle(registration);
    // Whatever someone else wrote is still to come in the feed.
    for (const rid of overtaken) this.#forget(rid);
  }

  #nextBatch(): StoredRegistration[] {
    let bytes = 0;
    return this.#due()
      .slice(0, this.#options.batchSize)
      .filter(({ packet }, index) => {
        bytes += packet.bytes;
        return index === 0 || bytes <= BATCH_BYTES;
      });
  }

  #settle(registration: StoredRegistration): void {
    const { _id, state } = registration;
    if (state === 'IN_FLOW' || state === 'RECEIVED') {
      this.#open.set(_id, registration);
      return;
    }
    this.#forget(_id);
  }

  #forget(rid: string): void {
    this.#open.delete(rid);
    this.#checkpoint.close(rid);
  }

  async #saveCheckpoint(everyMs: number): Promise<void> {
    const { since } = this.#checkpoint;
    const now = this.#options.now().getTime();
    if (since === undefined || since === this.#savedSince || now - this.#savedAt < everyMs) return;
    const before = await this.#options.leases.get<CheckpointDoc>(CHECKPOINT_ID);
    const doc: CheckpointDoc = { _id: CHECKPOINT_ID, since, ...(before ? { _rev: before._rev } : {}) };
    const [result] = await this.#options.leases.write([doc]);
    if (!result?.ok) throw new StoreError('the checkpoint was not taken', { transient: true });
    this.#savedSince = since;
    this.#savedAt = now;
  }
}

/** All wanted lanes in one process, for a store that no other process reaches: nobody has to be waited for, or told. */
import { randomBytes } from 'node:crypto';
import { StoreError } from '../../store/store.ts';
import { HeldLanes } from './held-lanes.ts';
import type { SettledOptions } from './hold-lanes.ts';
import type { HeldLane, LaneChange, Lanes } from './lanes.ts';
import { type LaneWrite, LeaseRegister } from './lease-register.ts';

const HOLDER_BYTES = 8;
const ALWAYS = Number.POSITIVE_INFINITY;

/** Taken also from one that was killed and gave nothing back. @throws StoreError */
export async function ownLanes(options: SettledOptions): Promise<Lanes> {
  const holder = randomBytes(HOLDER_BYTES).toString('hex');
  const register = new LeaseRegister(options.leases, options.stages);
  const before = await register.lanes();
  const claims = options.wanted.map((lane): LaneWrite => {
    const { _rev, fence = 0, beat = 0, since } = before.get(lane) ?? {};
    return { lane, lease: { _rev, holder, fence: fence + 1, beat: beat + 1, since } };
  });
  const { lanes } = await register.write(claims);
  const held = new HeldLanes(holder);
  held.gain(
    lanes.map(({ lane, lease: { fence, beat, since }, rev }) => {
      if (rev === undefined) throw new StoreError(`lane ${lane} was not taken`, { transient: true });
      return { lane, fence, beat, since, rev, sureUntilMs: ALWAYS };
    }),
  );
  return new OwnLanes(options, register, held);
}

class OwnLanes implements Lanes {
  readonly #options: SettledOptions;
  readonly #register: LeaseRegister;
  readonly #held: HeldLanes;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #hasMoved = false;

  constructor(options: SettledOptions, register: LeaseRegister, held: HeldLanes) {
    this.#options = options;
    this.#register = register;
    this.#held = held;
    this.#running = this.#run();
  }

  held(): ReadonlyMap<number, HeldLane> {
    return this.#held.held();
  }

  isSure(lane: number): boolean {
    return this.#held.isSure(lane, this.#options.clock.nowMs());
  }

  onChange(listener: (change: LaneChange) => void): () => void {
    return this.#held.onChange(listener);
  }

  progress(since: string | undefined): void {
    this.#held.progress(since);
    this.#hasMoved = true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#held.giveBack([...this.held().keys()]);
    await this.#save();
  }

  /** Nothing is written while the work has come no further. */
  async #run(): Promise<void> {
    const { clock, heartbeatMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(heartbeatMs, signal);
      if (this.#hasMoved && !signal.aborted) await this.#save();
    }
  }

  /** When it fails, more is read again after a start, and nothing else. */
  async #save(): Promise<void> {
    this.#hasMoved = false;
    try {
      const { lanes } = await this.#register.write(this.#held.renewals());
      for (const { lane, lease, rev } of lanes) {
        if (rev === undefined) throw new StoreError(`lane ${lane} was written in between`, { transient: true });
        this.#held.renewed(lane, rev, lease.beat, ALWAYS);
      }
    } catch (error) {
      this.#hasMoved = true;
      this.#options.log.warn({ err: error }, 'lanes: how far the work has come is not written');
      await this.#adopt().catch(() => undefined);
    }
  }

  /** What failed may have been written. */
  async #adopt(): Promise<void> {
    for (const [lane, { _rev, beat }] of await this.#register.lanes()) this.#held.found(lane, _rev, beat);
  }
}

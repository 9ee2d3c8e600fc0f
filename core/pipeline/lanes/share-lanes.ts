/**
 * Shares the lanes with other workers by documents alone. A beat, of which there is one every `heartbeatMs`:
 *
 * ```
 * 1. sign   one write: a sign of life in this worker's document and in those of all its lanes, and what is given back
 * 2. look   which workers live, who has which lane, and which documents have not changed for a lease
 * 3. plan   who is to have which; others' share is told as lost now, and given back at the next beat
 * 4. claim  one write: what nobody has, or nobody has written for a lease, with a fence that is one higher
 * ```
 * No two are ever sure of one lane. A holder is sure from before its last write for a lease less a heartbeat, by its own
 * clock; who claims has seen the document unchanged for a whole lease since that write, by its own; and of two who claim
 * one the revision lets one through. A clock that stands still while the others go on (a whole machine that was suspended)
 * is not seen by this: then the fence and the revisions of what is written refuse what comes too late.
 *
 * ```
 * joining  -> sharing   no worker lives whose stages are partly the same
 * joining  -> refused   one does, and has shown itself
 * sharing  -> joining   one has come while this worker was taken for dead; it has lost all its lanes by then
 * ```
 */
import { randomBytes } from 'node:crypto';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { answerBy } from '../../ops/answer-by.ts';
import { type Claimed, HeldLanes } from './held-lanes.ts';
import type { SettledOptions } from './hold-lanes.ts';
import type { HeldLane, LaneChange, Lanes } from './lanes.ts';
import {
  type StoredLaneLease,
  type StoredWorkerLease,
  type WorkerLease,
  workerLeaseId,
  workerOf,
} from './lease-documents.ts';
import { LeaseRegister } from './lease-register.ts';
import { type LanePlan, type LaneView, planLanes } from './plan-lanes.ts';
import { rivalsOf } from './rivals.ts';
import { Sightings } from './sightings.ts';
import { EVERY_LANE } from './stage-set.ts';

const HOLDER_BYTES = 8;
/** A worker that has given no sign of life for so many leases does not come back under this name. */
const GONE_LEASES = 10;
/** Beats of workers that were started together drift apart by so much of a heartbeat. */
const JITTER_SHARE = 0.2;
const RETRY_SHARE = 0.25;

interface Seen {
  readonly lanes: ReadonlyMap<number, StoredLaneLease>;
  /** Of all stages, this one among them. */
  readonly living: readonly StoredWorkerLease[];
}

/** @throws EnrouteError ENR-LAN-001 */
export async function shareLanes(options: SettledOptions): Promise<Lanes> {
  const shared = new SharedLanes(options);
  await shared.begun;
  return shared;
}

class SharedLanes implements Lanes {
  readonly #options: SettledOptions;
  readonly #self = randomBytes(HOLDER_BYTES).toString('hex');
  readonly #held = new HeldLanes(this.#self);
  readonly #register: LeaseRegister;
  readonly #laneSightings = new Sightings();
  readonly #workerSightings = new Sightings();
  readonly #stopping = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #state: 'joining' | 'sharing' = 'joining';
  #refusal: EnrouteError | undefined;
  #isBegun = false;
  #workerRev: string | undefined;
  #beat = 0;
  #unwanted = '';

  constructor(options: SettledOptions) {
    this.#options = options;
    this.#register = new LeaseRegister(options.leases, options.stages);
    this.#running = this.#run();
  }

  /** With the first beat: with lanes, or when the store does not answer, without. @throws EnrouteError ENR-LAN-001 */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  held(): ReadonlyMap<number, HeldLane> {
    return this.#held.held();
  }

  isSure(lane: number): boolean {
    return this.#held.isSure(lane, this.#now());
  }

  onChange(listener: (change: LaneChange) => void): () => void {
    return this.#held.onChange(listener);
  }

  progress(since: string | undefined): void {
    this.#held.progress(since);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#held.dropOverdue(this.#now());
    this.#held.giveBack([...this.held().keys()]);
    await this.#leave();
  }

  async #run(): Promise<void> {
    const { clock, heartbeatMs, random, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && !this.#refusal) {
      const startMs = this.#now();
      let share = 1 + JITTER_SHARE * (random() - 1);
      try {
        await this.#takeBeat();
        if (this.#state === 'sharing') this.#begin();
      } catch (error) {
        log.warn({ err: error }, 'lanes: the store does not answer as it should');
        this.#dropOverdue();
        // Whoever waits for the first lanes need not wait for the store; they come when it is back.
        this.#begin();
        share = RETRY_SHARE;
      }
      await clock.sleep(Math.max(0, startMs + heartbeatMs * share - this.#now()), signal);
    }
    if (!this.#refusal) return;
    await this.#leave();
    this.#begun.reject(this.#refusal);
  }

  #begin(): void {
    this.#isBegun = true;
    this.#begun.resolve();
  }

  async #takeBeat(): Promise<void> {
    const { leaseMs, heartbeatMs } = this.#options;
    this.#dropOverdue();
    // A look that takes so long that the next sign would be late is of no use.
    const lookUntilMs = this.#now() + (leaseMs - heartbeatMs) / 2;
    let failure: unknown;
    await this.#sign().catch((error: unknown) => {
      failure = error;
    });
    const seen = await this.#look(failure === undefined ? lookUntilMs : this.#now() + heartbeatMs);
    // What was written and not answered is known now; the next sign of life says whether it is still ours.
    if (failure !== undefined) throw failure;
    if (!this.#mayTakePart(seen)) return;
    const plan = this.#plan(seen);
    this.#held.giveBack(plan.release);
    if (plan.release.length > 0) this.#options.log.info({ lanes: plan.release }, 'lanes: given back');
    await this.#claim(plan.claim, seen, lookUntilMs);
  }

  /** @throws StoreError; Late */
  async #sign(): Promise<void> {
    const { leaseMs, clock } = this.#options;
    const startMs = this.#now();
    const writing = this.#register.write(this.#held.renewals(), this.#signOfLife());
    const untilMs = this.#held.earliestEndMs() ?? startMs + leaseMs;
    const { lanes, worker } = await answerBy(untilMs, writing, clock);
    const others = lanes.filter(({ rev }) => rev === undefined).map(({ lane }) => lane);
    if (others.length > 0) this.#options.log.warn({ lanes: others }, 'lanes: another worker has them');
    this.#held.drop(others);
    this.#held.drop(lanes.filter(({ lease }) => lease.holder === null).map(({ lane }) => lane));
    for (const { lane, lease, rev } of lanes) {
      if (rev !== undefined) this.#held.renewed(lane, rev, lease.beat, startMs + this.#sureMs);
    }
    this.#workerRev = worker?.ok ? worker.rev : undefined;
    this.#dropOverdue();
  }

  #signOfLife(): WorkerLease {
    const { stages, wanted } = this.#options;
    this.#beat += 1;
    // Others leave it no lanes as long as it may not take them.
    const lanes = this.#state === 'sharing' ? [...wanted] : [];
    return { _id: workerLeaseId(this.#self), _rev: this.#workerRev, stages: stages.key, lanes, beat: this.#beat };
  }

  /** @throws StoreError; ZodError; Late */
  async #look(untilMs: number): Promise<Seen> {
    const { leaseMs, clock } = this.#options;
    const asked = Promise.all([this.#register.lanes(), this.#register.workers()]);
    const [lanes, workers] = await answerBy(untilMs, asked, clock);
    const nowMs = this.#now();
    this.#laneSightings.see([...lanes.values()], nowMs);
    this.#workerSightings.see(workers, nowMs);
    this.#adopt(lanes);
    this.#workerRev = workers.find((worker) => workerOf(worker) === this.#self)?._rev;
    const unseenMs = ({ _id }: StoredWorkerLease): number => this.#workerSightings.unchangedMs(_id, nowMs);
    const others = workers.filter((worker) => workerOf(worker) !== this.#self);
    const gone = others.filter((worker) => unseenMs(worker) >= leaseMs * GONE_LEASES);
    // Another time, if it fails.
    await answerBy(untilMs, this.#register.forget(gone), clock).catch(() => undefined);
    return { lanes, living: workers.filter((worker) => unseenMs(worker) < leaseMs) };
  }

  /** A sign that failed may have been written all the same; or another worker was there. */
  #adopt(lanes: ReadonlyMap<number, StoredLaneLease>): void {
    const fences = this.#held.held();
    for (const [lane, { holder, fence, _rev, beat }] of lanes) {
      if (!this.#held.has(lane)) continue;
      if (holder === this.#self) this.#held.found(lane, _rev, beat);
      else if (fence > (fences.get(lane)?.fence ?? 0)) this.#held.drop([lane]);
    }
  }

  /** Whether no worker lives whose stages are partly the same. */
  #mayTakePart({ living }: Seen): boolean {
    const { stages, log } = this.#options;
    const others = living.filter((worker) => workerOf(worker) !== this.#self);
    const rivals = rivalsOf(stages, others);
    if (rivals.length === 0) {
      this.#state = 'sharing';
    } else if (this.#state === 'sharing' && this.#held.count === 0) {
      log.error(
        { stages: stages.key, theirs: rivals.map((each) => each.stages) },
        'lanes: others have taken these stages',
      );
      this.#state = 'joining';
    } else if (this.#state === 'joining' && !this.#isBegun) {
      // One that was killed shows itself no more, and is waited out.
      const [rival] = rivals.filter(({ _id }) => this.#workerSightings.hasChanged(_id));
      if (rival) this.#refusal = new EnrouteError('ENR-LAN-001', `${rival.stages}, and not ${stages.key}`);
    }
    return this.#state === 'sharing';
  }

  #plan({ lanes, living }: Seen): LanePlan {
    const { stages, wanted, leaseMs, log } = this.#options;
    const nowMs = this.#now();
    const views = EVERY_LANE.map((lane): LaneView => {
      const lease = lanes.get(lane);
      if (this.#held.has(lane)) {
        return { lane, holder: this.#held.isGivenBack(lane) ? undefined : this.#self, isFree: false };
      }
      // What has this worker's name and is not held was claimed, and its answer came too late.
      if (!lease?.holder || lease.holder === this.#self) return { lane, holder: undefined, isFree: true };
      const isFree = this.#laneSightings.unchangedMs(lease._id, nowMs) >= leaseMs;
      return { lane, holder: isFree ? undefined : lease.holder, isFree };
    });
    const others = living.filter((worker) => worker.stages === stages.key && workerOf(worker) !== this.#self);
    const workers = others.map((worker) => ({ id: workerOf(worker), wants: new Set(worker.lanes) }));
    const plan = planLanes(this.#self, [...workers, { id: this.#self, wants: new Set(wanted) }], views);
    const unwanted = plan.unwanted.join(',');
    if (unwanted !== '' && unwanted !== this.#unwanted)
      log.warn({ lanes: plan.unwanted }, 'lanes: no worker is for these');
    this.#unwanted = unwanted;
    return plan;
  }

  /** @throws StoreError; Late */
  async #claim(wanted: readonly number[], { lanes }: Seen, untilMs: number): Promise<void> {
    if (wanted.length === 0) return;
    const { clock, log } = this.#options;
    const startMs = this.#now();
    const claims = wanted.map((lane) => {
      const { _rev, fence = 0, beat = 0, since } = lanes.get(lane) ?? {};
      return { lane, lease: { _rev, holder: this.#self, fence: fence + 1, beat: beat + 1, since } };
    });
    const written = await answerBy(untilMs, this.#register.write(claims), clock);
    const sureUntilMs = startMs + this.#sureMs;
    if (this.#now() >= sureUntilMs) return;
    const claimed = written.lanes.flatMap(({ lane, lease: { fence, beat, since }, rev }): Claimed[] =>
      rev === undefined ? [] : [{ lane, fence, beat, since, rev, sureUntilMs }],
    );
    this.#held.gain(claimed);
    log.info({ lanes: claimed.map(({ lane }) => lane) }, 'lanes: held here');
  }

  #dropOverdue(): void {
    const lanes = this.#held.dropOverdue(this.#now());
    if (lanes.length > 0) this.#options.log.warn({ lanes }, 'lanes: not renewed in time, so others may have them');
  }

  /** Later than a lease from now all of it is free in any case. */
  async #leave(): Promise<void> {
    const { leaseMs, clock } = this.#options;
    const untilMs = this.#now() + leaseMs;
    const leaving = async (): Promise<void> => {
      const { worker } = await this.#register.write(this.#held.renewals(), this.#signOfLife());
      this.#held.drop([...EVERY_LANE]);
      if (worker?.ok) await this.#register.forget([{ _id: worker.id, _rev: worker.rev }]);
    };
    await answerBy(untilMs, leaving(), clock).catch(() => undefined);
  }

  /** From before a write, for so long nobody else can have what was written. */
  get #sureMs(): number {
    return this.#options.leaseMs - this.#options.heartbeatMs;
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}

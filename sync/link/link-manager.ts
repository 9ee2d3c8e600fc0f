/**
 * The one place that knows how the link stands, and lets each request go or wait. The states and what moves them stand in
 * `link-states.ts`; here is what happens around them:
 *
 * - While the link is down, or its state is not known, one caller goes through as the probe and all others wait. An upload
 *   that was cut is the best probe, since its first request tells how far the core has got; otherwise control goes.
 * - Between probes lies a wait with full jitter, whose bound doubles from base to cap and is at most half of the time that
 *   the link has been down. The first answer, or the first acknowledged byte, begins it anew. A change of this machine's
 *   addresses ends it.
 * - A failure is a failure of the link only when no other request had an answer in the last seconds. Otherwise it is that
 *   caller's own, and only that caller waits.
 * - When the link is lost, all that had no word of the core lately is called off: it hangs on a dead connection.
 * - What the core asks one plane to wait holds that plane, an hour at most. What the plan says holds packets only.
 * - Whoever fails is told so only when it may try again, so callers have no back-off of their own.
 */
import { Refusal } from './answer.ts';
import { DataPlan, type DataPlanOptions } from './data-plan.ts';
import { Evidence } from './evidence.ts';
import type { Link, Pace, Passage, Plane } from './link.ts';
import { LinkError } from './link-error.ts';
import { isLinkOpen, type LinkEvent, type LinkFacts, type LinkState, nextLinkState } from './link-states.ts';
import { type LinkStatus, reasonOf } from './link-status.ts';
import { Patience, type PatienceOptions } from './patience.ts';
import { RateMeter } from './rate-meter.ts';
import { WaitingLine } from './waiting-line.ts';

export interface LinkManagerOptions extends Omit<DataPlanOptions & PatienceOptions, 'monotonicMs'> {
  /** This machine's addresses as one text, see `addresses.ts`. */
  readonly addresses: () => string;
  /** It stands otherwise than it did. */
  readonly onChange: (status: LinkStatus) => void;
  /** The core answered; called as often as it does. */
  readonly onContact: () => void;
}

/** A request that is under way. */
interface Call {
  readonly plane: Plane;
  readonly isProbe: boolean;
  readonly cut: AbortController;
}

const LOOK_EVERY_MS = 2_000;
/** After the last packet that the core's credits allowed: it is asked again for more. */
const CREDIT_WAIT_MS = 30_000;
const CONTROL_FIRST: readonly Plane[] = ['control', 'data'];
const DATA_FIRST: readonly Plane[] = ['data', 'control'];

const monotonicMs = (): number => performance.now();

export class LinkManager implements Link, Pace {
  readonly #options: LinkManagerOptions;
  readonly #plan: DataPlan;
  readonly #patience: Patience;
  readonly #rate = new RateMeter();
  readonly #line = new WaitingLine<Call>();
  readonly #evidence = new Evidence<Call>(monotonicMs);
  readonly #calls = new Set<Call>();
  readonly #look: NodeJS.Timeout;
  #alarm: NodeJS.Timeout | undefined;
  #state: LinkState = 'offline';
  /** The same, but what it was while a probe finds out: that one begins is no news. */
  #settled: LinkState = 'offline';
  #since: string;
  #stoppedByPerson = false;
  /** Why the link was last lost, or the station denied. */
  #trouble: Error | undefined;
  #lastSuccessAt: string | null = null;
  #isUploadCut = false;
  #addresses: string;
  #told: string;

  constructor(options: LinkManagerOptions) {
    this.#options = options;
    this.#plan = new DataPlan({ ...options, monotonicMs });
    this.#patience = new Patience({ ...options, monotonicMs });
    this.#since = options.now().toISOString();
    this.#addresses = options.addresses();
    this.#told = this.#news;
    this.#look = setInterval(() => this.#lookAround(), LOOK_EVERY_MS);
  }

  /** Whoever waits goes on waiting, until their signals. */
  stop(): void {
    clearInterval(this.#look);
    clearTimeout(this.#alarm);
  }

  get status(): LinkStatus {
    return {
      state: this.#state,
      up: this.#isUp,
      since: this.#since,
      ...reasonOf(this.#state, {
        stoppedByPerson: this.#stoppedByPerson,
        heldBecause: this.#plan.heldBecause,
        trouble: this.#trouble,
      }),
      nextTryAt: this.#nextTryAt,
      lastSuccessAt: this.#lastSuccessAt,
      bytesPerSecond: this.#rate.bytesPerSecond ?? null,
      ...this.#plan.told,
    };
  }

  async use<T>(plane: Plane, signal: AbortSignal, work: (passage: Passage) => Promise<T>): Promise<T> {
    const turn = this.#line.enter(plane, signal);
    this.#letGo();
    const call = await turn;
    try {
      const either = AbortSignal.any([signal, call.cut.signal]);
      either.throwIfAborted();
      const result = await work({ isProbe: call.isProbe, signal: either });
      this.#end(call);
      this.#patience.succeeded(plane);
      if (plane === 'data') this.#isUploadCut = false;
      this.#hear(call);
      return result;
    } catch (error) {
      this.#end(call);
      await this.#learn(call, error, signal);
      throw error;
    }
  }

  acknowledged(bytes: number): void {
    const call = [...this.#calls].findLast(({ plane }) => plane === 'data');
    if (!call) return;
    this.#rate.acknowledged(bytes, monotonicMs());
    if (bytes > 0) this.#patience.succeeded('data');
    this.#hear(call);
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#plan.heldBecause) {
      this.#reconsider();
      throw new LinkError('packets are held back by the plan of the link');
    }
    await this.#plan.spend(bytes, signal);
  }

  /** The core takes no further packet before it is asked again. */
  creditsSpent(): void {
    this.#patience.coreAsked('data', CREDIT_WAIT_MS);
    this.#move('reconsidered');
  }

  /** A person stops the link: nothing goes until they, or a restart, resume it. What is under way is called off. */
  pause(): void {
    if (this.#stoppedByPerson) return;
    this.#stoppedByPerson = true;
    this.#move('stopped');
    this.#callOff(() => true);
  }

  resume(): void {
    if (!this.#stoppedByPerson) return;
    this.#stoppedByPerson = false;
    this.#patience.beginAnew();
    this.#move('resumed');
  }

  /** A person says that the link may be back, or that the station may be let in. */
  tryNow(): void {
    this.#patience.beginAnew();
    this.#letGo();
  }

  // What was learnt

  /** Word of the core. */
  #hear(call: Call): void {
    this.#evidence.heard(call);
    this.#patience.heard();
    this.#lastSuccessAt = this.#options.now().toISOString();
    this.#options.onContact();
    this.#move('answered');
  }

  /** Resolves when the caller may try again as far as this failure goes. */
  async #learn(call: Call, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return this.#unfinished(call);
    if (call.cut.signal.aborted) {
      if (call.plane === 'data') this.#isUploadCut = true;
      return this.#unfinished(call);
    }
    if (error instanceof Refusal) return this.#refused(call, error, signal);
    if (!(error instanceof LinkError)) {
      this.#unfinished(call);
      return this.#patience.alone(call.plane, signal);
    }
    if (call.plane === 'data') this.#isUploadCut = true;
    if (call.isProbe) return this.#lose(error);
    if (this.#evidence.isFresh((other) => other !== call)) return this.#patience.alone(call.plane, signal);
    // While another finds out, or it is known already, one more failure says nothing.
    if (this.#isUp) this.#lose(error);
  }

  async #refused(call: Call, refusal: Refusal, signal: AbortSignal): Promise<void> {
    const { code, status, retryAfterMs } = refusal;
    if (code.startsWith('ENR-AUT-') || status === 401 || status === 403) {
      this.#trouble = refusal;
      this.#patience.afterDenial();
      return this.#move('denied');
    }
    if (retryAfterMs !== undefined) this.#patience.coreAsked(call.plane, retryAfterMs);
    this.#hear(call);
    if (retryAfterMs === undefined) await this.#patience.alone(call.plane, signal);
  }

  /** Nothing was learnt of the link; if that was its task, the next one goes. */
  #unfinished(call: Call): void {
    if (call.isProbe && this.#state === 'probing') this.#move('unfinished');
  }

  #lose(error: LinkError): void {
    this.#trouble = error;
    this.#patience.afterLoss();
    this.#move('lost');
    this.#callOff((call) => !this.#evidence.isFresh((heard) => heard === call));
  }

  #lookAround(): void {
    const addresses = this.#options.addresses();
    if (addresses !== this.#addresses) {
      this.#addresses = addresses;
      if (this.#isUp && !this.#evidence.isFresh())
        this.#lose(new LinkError('the addresses of this machine have changed'));
      // Not where the core has said no: another network does not change its mind.
      if (this.#state === 'offline') this.#patience.probeSoon();
    }
    this.#reconsider();
  }

  #reconsider(): void {
    this.#move('reconsidered');
    if (this.#plan.heldBecause) this.#callOff(({ plane }) => plane === 'data');
  }

  // What follows from it

  #move(event: LinkEvent): void {
    this.#state = nextLinkState(this.#state, event, this.#facts);
    if (this.#state !== 'probing' && this.#state !== this.#settled) {
      this.#settled = this.#state;
      this.#since = this.#options.now().toISOString();
    }
    this.#letGo();
    this.#tell();
  }

  get #facts(): LinkFacts {
    return {
      stoppedByPerson: this.#stoppedByPerson,
      coreAsksToWait: this.#patience.isCoreWaitOn,
      heldByPlan: this.#plan.heldBecause !== undefined,
    };
  }

  #tell(): void {
    const news = this.#news;
    if (news === this.#told) return;
    this.#told = news;
    this.#options.onChange(this.status);
  }

  get #news(): string {
    const { since, reason } = this.status;
    return JSON.stringify([this.#settled, since, reason]);
  }

  /** Lets everybody go who may, control first; or one, as the probe. */
  #letGo(): void {
    const probe = this.#probeNow();
    if (probe) {
      this.#state = nextLinkState(this.#state, 'due', this.#facts);
      this.#admit(probe, true);
    }
    for (const plane of CONTROL_FIRST) {
      while (this.#line.has(plane) && this.#isUp && !this.#isHeld(plane)) this.#admit(plane, false);
    }
    this.#setAlarm();
  }

  #probeNow(): Plane | undefined {
    if (!this.#isProbeNeeded || !this.#patience.isProbeDue) return undefined;
    const order = this.#isUploadCut ? DATA_FIRST : CONTROL_FIRST;
    return order.find((plane) => this.#line.has(plane) && !this.#isHeld(plane));
  }

  get #isProbeNeeded(): boolean {
    return this.#state === 'offline' || this.#state === 'blocked';
  }

  #isHeld(plane: Plane): boolean {
    return this.#patience.isAskedToWait(plane) || (plane === 'data' && this.#plan.heldBecause !== undefined);
  }

  #admit(plane: Plane, isProbe: boolean): void {
    const call: Call = { plane, isProbe, cut: new AbortController() };
    this.#calls.add(call);
    this.#line.admit(plane, call);
  }

  #end(call: Call): void {
    this.#calls.delete(call);
    if (call.plane === 'data') this.#rate.rest();
  }

  #callOff(which: (call: Call) => boolean): void {
    for (const call of this.#calls) if (which(call)) call.cut.abort(new LinkError('called off'));
  }

  /** Wakes when the next wait is over. Windows and budgets are looked at with the addresses. */
  #setAlarm(): void {
    clearTimeout(this.#alarm);
    const ms = this.#patience.untilNextMs({ probe: this.#isProbeNeeded });
    if (ms !== undefined) this.#alarm = setTimeout(() => this.#move('reconsidered'), Math.ceil(ms));
  }

  // What is told

  get #isUp(): boolean {
    return isLinkOpen(this.#state) && !this.#stoppedByPerson;
  }

  get #nextTryAt(): string | null {
    if (this.#stoppedByPerson || this.#state === 'online' || this.#state === 'metered') return null;
    const ms = this.#patience.untilNextMs({ probe: this.#isProbeNeeded });
    return ms === undefined ? null : new Date(this.#options.now().getTime() + ms).toISOString();
  }
}

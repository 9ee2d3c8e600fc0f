/**
 * The one place that knows how the link stands, and lets each request go or wait. The states and what moves them stand in
 * `link-states.ts`; here is what happens around them:
 *
 * - While the link is down, or its state is not known, one caller goes through as the probe and all others wait. An upload
 *   that was cut is the best probe: its first request tells how far the core has got. Otherwise control goes. Every eighth
 *   probe is control's even so, for what stops uploads alone must not stop the channel.
 * - Between probes lies a wait with full jitter, whose bound doubles from base to cap and is at most half of the time that
 *   the link has been down. The first answer begins it anew, a change of this machine's addresses ends it.
 * - A failure is a failure of the link only when no other request had an answer in the last seconds. Otherwise only that
 *   caller waits. So does, ever longer, an upload that was answered and then brings not a byte across.
 * - When the link is lost, all that had no word of the core lately is called off: it hangs on a dead connection.
 * - What the core asks one plane to wait holds that plane, an hour at most. What the plan says holds packets only.
 * - Whoever fails is told so only when it may try again, so callers have no back-off of their own.
 */
import { Refusal } from './answer.ts';
import { type Call, Calls, passageOf } from './calls.ts';
import { DataPlan, type DataPlanOptions } from './data-plan.ts';
import { Evidence } from './evidence.ts';
import type { Link, Pace, Passage, Plane } from './link.ts';
import { LinkError } from './link-error.ts';
import { LinkNews, type LinkNewsOptions } from './link-news.ts';
import {
  isLinkOpen,
  type LinkEvent,
  type LinkFacts,
  type LinkState,
  needsProbe,
  nextLinkState,
} from './link-states.ts';
import type { LinkStatus } from './link-status.ts';
import { Patience, type PatienceOptions } from './patience.ts';
import { RateMeter } from './rate-meter.ts';
import { WaitingLine } from './waiting-line.ts';

export interface LinkManagerOptions extends Omit<DataPlanOptions & PatienceOptions & LinkNewsOptions, 'monotonicMs'> {
  /** This machine's addresses as one text, see `addresses.ts`. */
  readonly addresses: () => string;
}

const LOOK_EVERY_MS = 2_000;
const CONTROL_FIRST: readonly Plane[] = ['control', 'data'];
/** In a short outage looks fail one after the other, and the one that does not had better be the upload's. */
const UPLOADS_PROBES = 7;
const OTHER_PLANE: Readonly<Record<Plane, Plane>> = { control: 'data', data: 'control' };

const monotonicMs = (): number => performance.now();

export class LinkManager implements Link, Pace {
  readonly #options: LinkManagerOptions;
  readonly #plan: DataPlan;
  readonly #patience: Patience;
  readonly #rate = new RateMeter();
  readonly #line = new WaitingLine<Call>();
  readonly #evidence = new Evidence<Call>(monotonicMs);
  readonly #calls = new Calls();
  readonly #news: LinkNews;
  readonly #look: NodeJS.Timeout;
  #alarm: NodeJS.Timeout | undefined;
  #state: LinkState = 'offline';
  /** Who finds out whether the link is up, while nobody knows; and whose turn it is to be the next. */
  #probe: Call | undefined;
  #nextProbe: Plane = 'control';
  #uploadProbesFailed = 0;
  #stoppedByPerson = false;
  #addresses: string;

  constructor(options: LinkManagerOptions) {
    this.#options = options;
    this.#plan = new DataPlan({ ...options, monotonicMs });
    this.#patience = new Patience({ ...options, monotonicMs });
    this.#news = new LinkNews(this.#state, options);
    this.#addresses = options.addresses();
    this.#look = setInterval(() => this.#lookAround(), LOOK_EVERY_MS);
  }

  /** Whoever waits goes on waiting. */
  stop(): void {
    clearInterval(this.#look);
    clearTimeout(this.#alarm);
  }

  get status(): LinkStatus {
    return this.#news.statusOf({
      state: this.#state,
      up: this.#isUp,
      stoppedByPerson: this.#stoppedByPerson,
      heldBecause: this.#plan.heldBecause,
      nextTryAt: this.#nextTryAt,
      bytesPerSecond: this.#rate.bytesPerSecond ?? null,
      ...this.#plan.told,
    });
  }

  async use<T>(plane: Plane, signal: AbortSignal, work: (passage: Passage) => Promise<T>): Promise<T> {
    const turn = this.#line.enter(plane, signal);
    this.#letGo();
    const call = await turn;
    try {
      const result = await work(passageOf(call, signal));
      this.#end(call);
      this.#patience.succeeded(plane);
      if (plane === 'data') this.#nextProbe = 'control';
      this.#hear(call);
      return result;
    } catch (error) {
      this.#end(call);
      await this.#learn(call, error, signal);
      throw error;
    }
  }

  acknowledged(bytes: number): void {
    const call = this.#calls.latest('data');
    if (!call) return;
    this.#rate.acknowledged(bytes, monotonicMs());
    if (bytes > 0) this.#patience.succeeded('data');
    call.word = bytes > 0 || call.word === 'bytes' ? 'bytes' : 'answer';
    this.#hear(call);
  }

  get capBytesPerSecond(): number | undefined {
    return this.#plan.capBytesPerSecond;
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#plan.heldBecause) this.#reconsider();
    await this.#plan.spend(bytes, signal);
  }

  /** The core takes no further packet before it is asked again. */
  creditsSpent(): void {
    this.#patience.afterLastCredit();
    this.#move('reconsidered');
  }

  /** A person stops the link: nothing goes until they, or a restart, resume it. What is under way is called off. */
  pause(): void {
    if (this.#stoppedByPerson) return;
    this.#stoppedByPerson = true;
    this.#move('stopped');
    this.#calls.callOff(() => true);
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

  #hear(call: Call): void {
    this.#evidence.heard(call);
    this.#patience.heard();
    this.#news.heard();
    this.#move('answered');
  }

  /** Resolves when the caller may try again as far as this failure goes. */
  async #learn(call: Call, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return this.#unfinished(call);
    if (!call.cut.signal.aborted) {
      if (error instanceof Refusal) return this.#refused(call, error, signal);
      if (error instanceof LinkError) return this.#failed(call, error, signal);
    }
    this.#unfinished(call);
    if (!call.cut.signal.aborted || call.word === 'answer') return this.#patience.alone(call.plane, signal);
    if (call.plane === 'data') this.#nextProbe = 'data';
  }

  async #failed(call: Call, error: LinkError, signal: AbortSignal): Promise<void> {
    const isProbe = call === this.#probe;
    const isItsOwn = !isProbe && this.#evidence.isFresh((other) => other !== call);
    if (isProbe) this.#nextProbe = this.#probeAfter(call.plane);
    else if (call.plane === 'data') this.#nextProbe = 'data';
    // While another finds out, or it is known already, one more failure says nothing.
    if (isProbe || (this.#isUp && !isItsOwn)) this.#lose(error);
    if (isItsOwn || call.word === 'answer') await this.#patience.alone(call.plane, signal);
  }

  #probeAfter(failed: Plane): Plane {
    if (failed === 'control') return 'data';
    this.#uploadProbesFailed = (this.#uploadProbesFailed + 1) % UPLOADS_PROBES;
    return this.#uploadProbesFailed === 0 ? 'control' : 'data';
  }

  async #refused(call: Call, refusal: Refusal, signal: AbortSignal): Promise<void> {
    const { code, status, retryAfterMs = 0 } = refusal;
    if (code.startsWith('ENR-AUT-') || status === 401 || status === 403) {
      this.#news.troubled(refusal);
      this.#patience.afterDenial();
      return this.#move('denied');
    }
    if (retryAfterMs > 0) this.#patience.coreAsked(call.plane, retryAfterMs);
    this.#hear(call);
    // To be asked at once again is more than a core in need can mean.
    if (retryAfterMs < this.#options.backOff.baseMs) await this.#patience.alone(call.plane, signal);
  }

  /** Nothing was learnt of the link; if that was its task, the next one goes. */
  #unfinished(call: Call): void {
    if (call === this.#probe) this.#move('unfinished');
  }

  #lose(error: LinkError): void {
    this.#news.troubled(error);
    this.#patience.afterLoss();
    // Before others go: the next probe may be due at once.
    this.#calls.callOff((call) => !this.#evidence.isFresh((heard) => heard === call));
    this.#move('lost');
  }

  #lookAround(): void {
    const addresses = this.#options.addresses();
    if (addresses !== this.#addresses) {
      this.#addresses = addresses;
      if (this.#probe) {
        // It asks over a network that may be gone, and has until its deadline.
        this.#calls.callOff((call) => call === this.#probe);
        this.#move('unfinished');
      } else if (this.#isUp && !this.#evidence.isFresh()) {
        this.#lose(new LinkError('the addresses of this machine have changed'));
      }
      // Not where the core has said no: another network does not change its mind.
      if (this.#state === 'offline') this.#patience.probeSoon();
    }
    this.#reconsider();
  }

  #reconsider(): void {
    this.#move('reconsidered');
    if (this.#plan.heldBecause) this.#calls.callOff(({ plane }) => plane === 'data');
  }

  #move(event: LinkEvent): void {
    this.#state = nextLinkState(this.#state, event, this.#facts);
    if (this.#state !== 'probing') this.#probe = undefined;
    this.#news.moved(this.#state);
    this.#letGo();
    this.#news.tell(this.status);
  }

  get #facts(): LinkFacts {
    return {
      stoppedByPerson: this.#stoppedByPerson,
      coreAsksToWait: this.#patience.isCoreWaitOn,
      heldByPlan: this.#plan.heldBecause !== undefined,
    };
  }

  /** Lets everybody go who may, control first; or one, as the probe. */
  #letGo(): void {
    const plane = this.#probeNow();
    if (plane) {
      this.#state = nextLinkState(this.#state, 'due', this.#facts);
      this.#probe = this.#admit(plane, true);
    }
    for (const each of CONTROL_FIRST) {
      while (this.#line.has(each) && this.#isUp && !this.#isHeld(each)) this.#admit(each, false);
    }
    this.#setAlarm();
  }

  #probeNow(): Plane | undefined {
    if (!needsProbe(this.#state) || !this.#patience.isProbeDue) return undefined;
    return [this.#nextProbe, OTHER_PLANE[this.#nextProbe]].find(
      (plane) => this.#line.has(plane) && !this.#isHeld(plane),
    );
  }

  #isHeld(plane: Plane): boolean {
    return this.#patience.isAskedToWait(plane) || (plane === 'data' && this.#plan.heldBecause !== undefined);
  }

  #admit(plane: Plane, isProbe: boolean): Call {
    const call = this.#calls.begin(plane, isProbe);
    this.#line.admit(plane, call);
    return call;
  }

  #end(call: Call): void {
    this.#calls.end(call);
    if (call.plane === 'data') this.#rate.rest();
  }

  /** Wakes when the next wait is over. Windows and budgets are looked at with the addresses. */
  #setAlarm(): void {
    clearTimeout(this.#alarm);
    const ms = this.#patience.untilNextMs({ probe: needsProbe(this.#state) });
    if (ms !== undefined) this.#alarm = setTimeout(() => this.#move('reconsidered'), Math.ceil(ms));
  }

  get #isUp(): boolean {
    return isLinkOpen(this.#state) && !this.#stoppedByPerson;
  }

  get #nextTryAt(): string | null {
    if (this.#stoppedByPerson || this.#state === 'online' || this.#state === 'metered') return null;
    const ms = this.#patience.untilNextMs({ probe: needsProbe(this.#state) });
    return ms === undefined ? null : new Date(this.#options.now().getTime() + ms).toISOString();
  }
}

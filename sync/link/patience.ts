/**
 * How long to wait, and for what: until the next probe while the link is down or the station is not let in; alone, for a
 * caller whose own request failed; and for as long as the core asked. Full jitter in all of it.
 */
import { type BackOff, backOffMs, outageWaitMs } from './back-off.ts';
import { elapse } from './elapse.ts';
import type { Plane } from './link.ts';

export interface PatienceOptions {
  readonly backOff: BackOff;
  /** About so often a core that does not let the station in is asked again. */
  readonly deniedMs: number;
  /** 0 to 1 */
  readonly random: () => number;
  readonly monotonicMs: () => number;
}

const MAX_CORE_WAIT_MS = 60 * 60_000;
/** After the last packet that the core's credits allowed: it is asked again for more. */
const CREDIT_WAIT_MS = 30_000;

export class Patience {
  readonly #options: PatienceOptions;
  #failures = 0;
  /** Since when no answer has come; undefined while answers do. */
  #downSinceMs: number | undefined;
  #probeAtMs: number;
  readonly #failuresOf: Record<Plane, number> = { control: 0, data: 0 };
  readonly #coreWaitEndsMs: Record<Plane, number> = { control: 0, data: 0 };
  /** Aborted, and replaced, when whoever waits alone shall try at once. */
  #hurry = new AbortController();

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#probeAtMs = options.monotonicMs();
  }

  get isProbeDue(): boolean {
    return this.#options.monotonicMs() >= this.#probeAtMs;
  }

  get isCoreWaitOn(): boolean {
    return this.isAskedToWait('control') || this.isAskedToWait('data');
  }

  isAskedToWait(plane: Plane): boolean {
    return this.#coreWaitEndsMs[plane] > this.#options.monotonicMs();
  }

  /** How long until the next probe is due, or the next wait that the core asked for is over; undefined for neither. */
  untilNextMs({ probe }: { readonly probe: boolean }): number | undefined {
    const ends = [...Object.values(this.#coreWaitEndsMs), ...(probe ? [this.#probeAtMs] : [])];
    const left = ends.map((endMs) => endMs - this.#options.monotonicMs()).filter((ms) => ms > 0);
    return left.length > 0 ? Math.min(...left) : undefined;
  }

  probeSoon(): void {
    this.#probeAtMs = this.#options.monotonicMs();
  }

  afterLoss(): void {
    const { monotonicMs, backOff, random } = this.#options;
    const nowMs = monotonicMs();
    this.#downSinceMs ??= nowMs;
    this.#probeAtMs = nowMs + outageWaitMs(this.#failures, nowMs - this.#downSinceMs, backOff, random());
    this.#failures += 1;
  }

  afterDenial(): void {
    const { monotonicMs, deniedMs, random } = this.#options;
    this.#probeAtMs = monotonicMs() + deniedMs * (0.8 + 0.4 * random());
  }

  /** A little longer than was asked, by chance: stations that were told the same must not come back in step. */
  coreAsked(plane: Plane, ms: number): void {
    const { monotonicMs, random } = this.#options;
    this.#coreWaitEndsMs[plane] = monotonicMs() + Math.min(ms * (1 + 0.1 * random()), MAX_CORE_WAIT_MS);
  }

  afterLastCredit(): void {
    this.coreAsked('data', CREDIT_WAIT_MS);
  }

  /** Resolves when the plane whose request failed, while the link is up, may try again, or at the signal. */
  async alone(plane: Plane, signal: AbortSignal): Promise<void> {
    const { backOff, random } = this.#options;
    const ms = backOffMs(this.#failuresOf[plane], backOff, random());
    this.#failuresOf[plane] += 1;
    await elapse(ms, AbortSignal.any([signal, this.#hurry.signal]));
  }

  /** The core answered. */
  heard(): void {
    this.#failures = 0;
    this.#downSinceMs = undefined;
  }

  /** A request of the plane went well. */
  succeeded(plane: Plane): void {
    this.#failuresOf[plane] = 0;
  }

  /** A person says so: no wait but those that the core asked for. */
  beginAnew(): void {
    this.heard();
    this.succeeded('control');
    this.succeeded('data');
    this.probeSoon();
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }
}

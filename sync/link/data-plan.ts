/** Whether packets may go now, by the plan and by what was sent today; and how fast. */
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { LinkError } from './link-error.ts';
import type { LinkStatus } from './link-status.ts';
import { TokenBucket } from './token-bucket.ts';
import { isWindowOpen, nextDay, windowOpensAt } from './upload-windows.ts';

/** The bytes of packets that went today, by the station's clock. Whoever keeps them makes them outlive a restart. */
export interface SentToday {
  bytes(): number;
  add(bytes: number): void;
}

export interface DataPlanOptions {
  /** As it is now: the core may change it at any time. */
  readonly plan: () => LinkPlan;
  readonly sent: SentToday;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
}

export class DataPlan {
  readonly #options: DataPlanOptions;
  readonly #bucket: TokenBucket;

  constructor(options: DataPlanOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(() => this.capBytesPerSecond, options.monotonicMs);
  }

  /** Why no packet may go now; undefined when they may. A budget is over by no more than the last slice. */
  get heldBecause(): StatusCode | undefined {
    const { plan, now } = this.#options;
    if (!isWindowOpen(plan().windows, now())) return 'ENR-LNK-002';
    return this.#isSpent ? 'ENR-LNK-003' : undefined;
  }

  get capBytesPerSecond(): number | undefined {
    return this.#options.plan().bytesPerSecond;
  }

  /** Waits for the rate, and counts the bytes as sent. @throws LinkError when none may go now. */
  async spend(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.heldBecause) throw new LinkError('packets are held back by the plan of the link');
    await this.#bucket.take(bytes, signal);
    this.#options.sent.add(bytes);
  }

  get told(): Pick<LinkStatus, 'sentTodayBytes' | 'dailyBytes' | 'opensAt'> {
    const { plan, sent } = this.#options;
    return {
      sentTodayBytes: sent.bytes(),
      dailyBytes: plan().dailyBytes ?? null,
      opensAt: this.#opensAt?.toISOString() ?? null,
    };
  }

  get #isSpent(): boolean {
    const { plan, sent } = this.#options;
    const { dailyBytes } = plan();
    return dailyBytes !== undefined && sent.bytes() >= dailyBytes;
  }

  /** With a spent budget: the first window of tomorrow, or its first minute. */
  get #opensAt(): Date | undefined {
    const { plan, now } = this.#options;
    const { windows } = plan();
    const from = this.#isSpent ? nextDay(now()) : now();
    return windowOpensAt(windows, from) ?? (this.#isSpent ? from : undefined);
  }
}

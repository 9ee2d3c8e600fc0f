/** Counts one kind of share, of everybody who has one, in bounded memory. */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RefusalWithHeaders } from './refuse.ts';

export interface Share {
  readonly requests: number;
  readonly seconds: number;
}

/** What one has taken of a share, until it is whole again. */
export interface Spent {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Shares in common, for those whom there is no room to count each. */
const COMMON_SHARES = 1_024;
/** Looking through all that are counted, for those whose time is over, costs milliseconds. */
const LOOK_THROUGH_EVERY_MS = 1_000;

export class ShareCounter {
  readonly #limiter: RateLimiterMemory;
  readonly #most: number;
  readonly #groupOf: (key: string) => string;
  /** Those that are counted. Some whose time is over may be among them, until there are too many. */
  #known = new Set<string>();
  #lookedThroughAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param most are counted one by one
   * @param groupOf with whom a key shares when there are more
   */
  constructor({ requests, seconds }: Share, most: number, groupOf: (key: string) => string) {
    this.#limiter = new RateLimiterMemory({ points: requests, duration: seconds, keyPrefix: '' });
    this.#most = most;
    this.#groupOf = groupOf;
  }

  /** @throws RefusalWithHeaders ENR-WEB-008 when the share is spent; it says when it is whole again. */
  async take(key: string): Promise<void> {
    try {
      await this.#limiter.consume(this.#countedAs(key));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterS = Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      throw new RefusalWithHeaders('ENR-WEB-008', { 'Retry-After': String(retryAfterS) });
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(this.#countedAs(key));
  }

  /** The most spent first, at most so many. */
  spent(most: number): Spent[] {
    return this.#counted()
      .filter(({ value }) => value > 0)
      .sort((one, other) => other.value - one.value)
      .slice(0, most);
  }

  restore(spent: readonly Spent[]): void {
    const kept = spent.slice(0, this.#most);
    this.#limiter.restore({ version: 1, storage: kept.map((one) => ({ ...one })) });
    for (const { key } of kept) this.#known.add(key);
  }

  #countedAs(key: string): string {
    if (this.#known.has(key)) return key;
    if (this.#known.size >= this.#most) this.#lookThrough();
    if (this.#known.size >= this.#most) return commonShareOf(this.#groupOf(key));
    this.#known.add(key);
    return key;
  }

  #lookThrough(): void {
    const now = performance.now();
    if (now - this.#lookedThroughAtMs < LOOK_THROUGH_EVERY_MS) return;
    this.#lookedThroughAtMs = now;
    this.#known = new Set(this.#counted().map(({ key }) => key));
  }

  #counted(): Spent[] {
    return this.#limiter
      .dump()
      .storage.flatMap(({ key, value, expiresAt }) =>
        expiresAt === null ? [] : [{ key: String(key), value, expiresAt }],
      );
  }
}

function commonShareOf(group: string): string {
  return `common ${createHash('sha256').update(group).digest().readUInt32BE() % COMMON_SHARES}`;
}

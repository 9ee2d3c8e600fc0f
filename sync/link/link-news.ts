/**
 * What people and machines are told of the link. They are told when it stands otherwise than they were told last. That
 * somebody goes to find out is no news, and neither is that they found what was known: so a link that is down for a day is
 * told of once.
 */
import type { LinkState } from './link-states.ts';
import { type Circumstances, type LinkStatus, reasonOf } from './link-status.ts';

export interface LinkNewsOptions {
  readonly now: () => Date;
  /** It stands otherwise than it did. */
  readonly onChange: (status: LinkStatus) => void;
  /** The core answered; called as often as it does. */
  readonly onContact: () => void;
}

/** What the link's manager knows at the moment at which it is asked. */
export type Present = Omit<LinkStatus, 'since' | 'reason' | 'code' | 'lastSuccessAt'> & Omit<Circumstances, 'trouble'>;

export class LinkNews {
  readonly #options: LinkNewsOptions;
  /** The state, but what it was while a probe finds out. */
  #settled: LinkState;
  #since: string;
  #told: string;
  /** Why the link is lost, or the station not let in. */
  #trouble: Error | undefined;
  #lastSuccessAt: string | null = null;

  constructor(state: LinkState, options: LinkNewsOptions) {
    this.#options = options;
    this.#settled = state;
    this.#since = this.#now;
    this.#told = this.#newsOf(null);
  }

  heard(): void {
    this.#trouble = undefined;
    this.#lastSuccessAt = this.#now;
    this.#options.onContact();
  }

  troubled(trouble: Error): void {
    this.#trouble = trouble;
  }

  moved(state: LinkState): void {
    if (state === 'probing' || state === this.#settled) return;
    this.#settled = state;
    this.#since = this.#now;
  }

  tell(status: LinkStatus): void {
    const news = this.#newsOf(status.reason);
    if (news === this.#told) return;
    this.#told = news;
    this.#options.onChange(status);
  }

  statusOf({ stoppedByPerson, heldBecause, ...present }: Present): LinkStatus {
    const reason = reasonOf(present.state, { stoppedByPerson, heldBecause, trouble: this.#trouble });
    return { ...present, ...reason, since: this.#since, lastSuccessAt: this.#lastSuccessAt };
  }

  get #now(): string {
    return this.#options.now().toISOString();
  }

  #newsOf(reason: string | null): string {
    return JSON.stringify([this.#settled, this.#since, reason]);
  }
}

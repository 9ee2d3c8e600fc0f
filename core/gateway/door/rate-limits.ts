/**
 * How often one may ask. Each request takes from the share of the address that it comes from, before anything is done
 * about it, so an unknown one can not have the gateway verify tokens without end. Whoever then shows who they are gives
 * the address its request back and takes from their own share: a hundred stations behind one address do not hurt each
 * other, and one that runs wild hurts itself alone.
 *
 * Where a stranger has spent the address's share, a station that has shown itself from there a while ago is still heard:
 * of its name only so often as of the station itself, so whoever pretends to be it hurts that one and nobody else.
 *
 * How many are counted is bounded. When there are more addresses than that, new ones are counted by their network.
 */
import type { RateClass } from '../route.ts';
import { countedAddress, networkOf } from './counted-address.ts';
import { type Share, ShareCounter, type Spent } from './share-counter.ts';
import { ShownLately } from './shown-lately.ts';

export interface RateShares {
  /** Of an address, for requests of which it is not known who asks. */
  readonly address: Share;
  /** Of each station, person or service that has shown who it is. */
  readonly own: Share;
}

export type RateSettings = Readonly<Record<RateClass, RateShares>>;

/** A share that is never spent, for classes in which nobody shows who they are. */
const UNUSED: Share = { requests: Number.MAX_SAFE_INTEGER, seconds: 60 };
const MINUTE_S = 60;

/**
 * A station may never be hurt by what it does after an outage: 500 packets, each announced alone because a proxy did not let
 * the batch through, are 1 000 requests of its channel, and 500 uploads that break twice are 4 500.
 */
export const DEFAULT_RATES: RateSettings = {
  anyone: { address: { requests: 600, seconds: MINUTE_S }, own: UNUSED },
  // What watches the process may come from where everybody else does, and must not be misled by them.
  health: { address: { requests: 6_000, seconds: MINUTE_S }, own: UNUSED },
  // Four passwords a minute from one address, and thirty at once, for an office in the morning.
  'sign-in': { address: { requests: 30, seconds: 8 * MINUTE_S }, own: { requests: 30, seconds: 8 * MINUTE_S } },
  enrolment: { address: { requests: 20, seconds: 10 * MINUTE_S }, own: { requests: 20, seconds: 10 * MINUTE_S } },
  station: { address: { requests: 3_000, seconds: MINUTE_S }, own: { requests: 3_000, seconds: MINUTE_S } },
  upload: { address: { requests: 3_000, seconds: MINUTE_S }, own: { requests: 6_000, seconds: MINUTE_S } },
  people: { address: { requests: 300, seconds: MINUTE_S }, own: { requests: 900, seconds: MINUTE_S } },
  // Each may hold a hundred answers: of a service that has caught up after a day, a million a minute.
  stage: { address: { requests: 300, seconds: MINUTE_S }, own: { requests: 12_000, seconds: MINUTE_S } },
};

/** Counted one by one in each share; about 200 bytes each. */
const MOST_COUNTED = 20_000;

/** What is spent of the shares, to be taken up again after a restart: by share, who, how much, until when. */
export type SpentShares = Readonly<Record<string, readonly Spent[]>>;

export interface RateLimits {
  /**
   * Takes one request of the address's share.
   * @param claimed who it says it is; nothing of that was verified
   * @throws RefusalWithHeaders ENR-WEB-008 when it is spent.
   */
  ask(rate: RateClass, address: string | undefined, claimed?: string): Promise<void>;
  /**
   * Gives the address its request back, and takes one of the share of who has shown themselves.
   * @throws RefusalWithHeaders ENR-WEB-008 when that is spent.
   */
  shown(rate: RateClass, address: string | undefined, who: string): Promise<void>;
  /** The most spent first, at most so many of each share. */
  spent(most: number): SpentShares;
  restore(spent: SpentShares): void;
}

export function openRateLimits(settings: RateSettings = DEFAULT_RATES, mostCounted = MOST_COUNTED): RateLimits {
  const counters = new Map<string, ShareCounter>();
  const claims = new Map<RateClass, ShareCounter>();
  for (const rate of Object.keys(settings) as RateClass[]) {
    counters.set(`${rate}.address`, new ShareCounter(settings[rate].address, mostCounted, networkOf));
    // Who has shown themselves is registered: there are as many as that.
    counters.set(`${rate}.own`, new ShareCounter(settings[rate].own, mostCounted, (who) => who.slice(0, 5)));
    // Of those alone who have shown themselves there: not counted twice, and not worth keeping.
    claims.set(rate, new ShareCounter(settings[rate].own, mostCounted, () => 'claimed'));
  }
  const shownLately = new ShownLately(mostCounted);
  const counter = (rate: RateClass, whose: 'address' | 'own'): ShareCounter => {
    const found = counters.get(`${rate}.${whose}`);
    if (!found) throw new Error(`no share for ${rate}`);
    return found;
  };
  return {
    ask: async (rate, address, claimed) => {
      const from = countedAddress(address);
      try {
        await counter(rate, 'address').take(from);
      } catch (spent) {
        if (claimed === undefined || !shownLately.has(from, claimed)) throw spent;
        await claims.get(rate)?.take(`${from} ${claimed}`);
      }
    },
    shown: async (rate, address, who) => {
      const from = countedAddress(address);
      await counter(rate, 'address').giveBack(from);
      await counter(rate, 'own').take(who);
      shownLately.note(from, who);
    },
    spent: (most) => Object.fromEntries([...counters].map(([name, one]) => [name, one.spent(most)])),
    restore: (spent) => {
      for (const [name, entries] of Object.entries(spent)) counters.get(name)?.restore(entries);
    },
  };
}

/** What can be ordered from the pages, and what is to be confirmed before. */
import type { TextKey } from '../texts/texts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export const ORDERS = ['resume', 'restart', 'stop', 'prioritise', 'pause'] as const;
export type Order = (typeof ORDERS)[number];

/** Those that can be given to many at once. */
export const ORDERS_FOR_MANY = ['resume', 'restart', 'stop'] as const satisfies readonly Order[];

export const MEANINGS = {
  resume: 'resumeMeaning',
  restart: 'restartMeaning',
  stop: 'stopMeaning',
  prioritise: 'prioritiseMeaning',
  pause: 'pauseMeaning',
} as const satisfies Record<Order, TextKey>;

/** As the core takes it. */
export function actOf(order: Order, now: Date): Readonly<Record<string, string>> {
  if (order === 'stop') return { do: order, code: 'ENR-ACT-001' };
  if (order === 'prioritise') return { do: order, priority: 'urgent' };
  if (order !== 'pause') return { do: order };
  return { do: order, until: new Date(now.getTime() + DAY_MS).toISOString(), after: 'resume' };
}

/** Which of those in question a registration is about. */
export type Decision = 'nobody' | { readonly person: string };

/** As the core takes it. */
export function decisionAct(decision: Decision): Readonly<Record<string, string>> {
  return decision === 'nobody' ? { do: 'decide' } : { do: 'decide', accept: decision.person };
}

const FIRST_ASK_MS = 1_000;
const LONGEST_ASK_MS = 15_000;

/** What was ordered is mostly carried out at once; what is not waits for long, and is asked for more and more seldom. */
export function askAgainMs(times: number): number {
  return Math.min(LONGEST_ASK_MS, FIRST_ASK_MS * 1.5 ** times);
}

interface Standing {
  readonly state: string;
  readonly priority: string;
  readonly parked: { readonly reason: string } | null;
  /** Set once its end is decided. */
  readonly verdict: object | null;
}

/** Those that have something to do where a registration is. */
export function ordersFor({ state, priority, parked, verdict }: Standing): Order[] {
  const isOpen = state === 'IN_FLOW' || state === 'PARKED' || state === 'DEAD_LETTER';
  const when: Record<Order, boolean> = {
    resume: state === 'DEAD_LETTER' || parked?.reason === 'paused',
    // What the station may have been told already is not changed.
    restart: isOpen && !verdict,
    stop: isOpen && !verdict,
    prioritise: (isOpen || state === 'RECEIVED') && priority !== 'urgent',
    pause: state === 'IN_FLOW' && !verdict,
  };
  return ORDERS.filter((order) => when[order]);
}

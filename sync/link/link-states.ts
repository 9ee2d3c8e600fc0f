/**
 * The states of a station's link to its core, as one table.
 *
 * ```
 * offline   no answer came. After a wait that grows with every failure, one caller goes through to find out
 * probing   that one is under way; all others wait for how it ends
 * online    the core answers: control and data go
 * metered   the core answers, and no packet may go now: outside of the upload windows, or the day's budget is spent.
 *           Control goes on
 * paused    the core has asked to wait, or a person has stopped the link. What the core asked of one plane does not hold
 *           the other; a person's stop holds both
 * blocked   the core does not let this station in. It is told, everything is kept, and the core is asked again after
 *           minutes, or when a person says so
 * ```
 *
 * | event | what has happened |
 * |---|---|
 * | `due` | the wait is over, an address has appeared, or a person said "try now": a caller goes through |
 * | `answered` | the core answered, or acknowledged bytes |
 * | `lost` | no answer came, and nothing else had one lately |
 * | `denied` | the core answered 401 or 403 |
 * | `unfinished` | the probe was called off before anything was learnt |
 * | `reconsidered` | time has passed: a window, a budget or a wait that the core asked for may have begun or ended |
 * | `stopped`, `resumed` | by a person |
 *
 * A person's stop is above all: nothing but `resumed` ends it, and what the link is like must then be found out anew.
 * Nothing is ever given up in any state: whoever wants the link waits, and from each state there is a way to `online`.
 */

export const LINK_STATES = ['offline', 'probing', 'online', 'metered', 'paused', 'blocked'] as const;
export type LinkState = (typeof LINK_STATES)[number];

export const LINK_EVENTS = [
  'due',
  'answered',
  'lost',
  'denied',
  'unfinished',
  'reconsidered',
  'stopped',
  'resumed',
] as const;
export type LinkEvent = (typeof LINK_EVENTS)[number];

/** What besides the event decides, as it is when the event comes. */
export interface LinkFacts {
  readonly stoppedByPerson: boolean;
  /** A time that the core asked to wait, on either plane, is not over. */
  readonly coreAsksToWait: boolean;
  /** No packet may go now, by the plan. */
  readonly heldByPlan: boolean;
}

/** `up`: the core answers; which of `online`, `metered` and `paused` it is, the facts say. */
const NEXT: Readonly<Record<LinkState, Readonly<Record<LinkEvent, LinkState | 'up'>>>> = {
  offline: {
    due: 'probing',
    answered: 'up',
    lost: 'offline',
    denied: 'blocked',
    unfinished: 'offline',
    reconsidered: 'offline',
    stopped: 'paused',
    resumed: 'offline',
  },
  probing: {
    due: 'probing',
    answered: 'up',
    lost: 'offline',
    denied: 'blocked',
    unfinished: 'offline',
    reconsidered: 'probing',
    stopped: 'paused',
    resumed: 'probing',
  },
  online: {
    due: 'up',
    answered: 'up',
    lost: 'offline',
    denied: 'blocked',
    unfinished: 'up',
    reconsidered: 'up',
    stopped: 'paused',
    resumed: 'up',
  },
  metered: {
    due: 'up',
    answered: 'up',
    lost: 'offline',
    denied: 'blocked',
    unfinished: 'up',
    reconsidered: 'up',
    stopped: 'paused',
    resumed: 'up',
  },
  paused: {
    due: 'up',
    answered: 'up',
    lost: 'offline',
    denied: 'blocked',
    unfinished: 'up',
    reconsidered: 'up',
    stopped: 'paused',
    resumed: 'offline',
  },
  blocked: {
    due: 'probing',
    answered: 'up',
    // What was on its way when the core said no; the core is asked again in its own time.
    lost: 'blocked',
    denied: 'blocked',
    unfinished: 'blocked',
    reconsidered: 'blocked',
    stopped: 'paused',
    resumed: 'blocked',
  },
};

export function nextLinkState(state: LinkState, event: LinkEvent, facts: LinkFacts): LinkState {
  if (facts.stoppedByPerson) return 'paused';
  const next = NEXT[state][event];
  if (next !== 'up') return next;
  if (facts.coreAsksToWait) return 'paused';
  return facts.heldByPlan ? 'metered' : 'online';
}

/** Whether the core answers, as far as is known, so that requests need no probe before them. */
export function isLinkOpen(state: LinkState): boolean {
  return state === 'online' || state === 'metered' || state === 'paused';
}

/** Whether somebody has to find out how the link is before others may go. */
export function needsProbe(state: LinkState): boolean {
  return state === 'offline' || state === 'blocked';
}

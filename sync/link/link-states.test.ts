import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_EVENTS, LINK_STATES, type LinkFacts, nextLinkState } from './link-states.ts';

const FREE: LinkFacts = { stoppedByPerson: false, coreAsksToWait: false, heldByPlan: false };

const anyState = fc.constantFrom(...LINK_STATES);
const anyEvent = fc.constantFrom(...LINK_EVENTS);
const anyFacts = fc.record({ stoppedByPerson: fc.boolean(), coreAsksToWait: fc.boolean(), heldByPlan: fc.boolean() });

describe('the states of the link', () => {
  it('know every event in every state', () => {
    for (const state of LINK_STATES) {
      for (const event of LINK_EVENTS) expect(LINK_STATES).toContain(nextLinkState(state, event, FREE));
    }
  });

  it('lead to online from everywhere: a person resumes, a caller goes through, the core answers', () => {
    for (const start of LINK_STATES) {
      const end = (['resumed', 'due', 'answered'] as const).reduce(
        (state, event) => nextLinkState(state, event, FREE),
        start,
      );
      expect(end).toBe('online');
    }
  });

  it('never leave a person’s stop but by the person', () => {
    fc.assert(
      fc.property(anyState, anyEvent, anyFacts, (state, event, facts) => {
        return nextLinkState(state, event, { ...facts, stoppedByPerson: true }) === 'paused';
      }),
    );
  });

  it('say after an answer what holds packets back, the core’s word before the plan’s', () => {
    for (const state of LINK_STATES) {
      expect(nextLinkState(state, 'answered', FREE)).toBe('online');
      expect(nextLinkState(state, 'answered', { ...FREE, heldByPlan: true })).toBe('metered');
      expect(nextLinkState(state, 'answered', { ...FREE, heldByPlan: true, coreAsksToWait: true })).toBe('paused');
    }
  });

  it('are offline or blocked only by what the link or the core did, never by time or plan', () => {
    fc.assert(
      fc.property(fc.constantFrom('online', 'metered', 'paused'), anyFacts, (state, facts) => {
        const after = nextLinkState(state, 'reconsidered', facts);
        return after === 'online' || after === 'metered' || after === 'paused';
      }),
    );
  });

  it('find out about a link that was lost, or a core that said no, by one caller alone', () => {
    fc.assert(
      fc.property(fc.constantFrom('offline', 'blocked'), anyEvent, (state, event) => {
        const after = nextLinkState(state, event, FREE);
        // Nothing but an answer of the core opens the link to all.
        return after !== 'online' || event === 'answered';
      }),
    );
  });
});

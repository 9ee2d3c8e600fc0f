import { describe, expect, test } from 'vitest';
import { laneOf } from './lane.ts';
import {
  type HistoryEntry,
  LANES,
  moveTo,
  type Registration,
  registrationSchema,
  withHistory,
} from './registration.ts';
import { heapOf, isTerminal, mayMove, REGISTRATION_STATES, type RegistrationState } from './states.ts';

const RID = '10001100010000120260301080000';
const AT = '2026-03-01T08:00:00.000Z';
const NOW = new Date(AT);

function registration(change: Partial<Registration> = {}): Registration {
  return registrationSchema.parse({
    _id: RID,
    v: 1,
    station: '1000110001',
    operator: 'op1',
    process: 'NEW',
    priority: 'normal',
    packet: { digest: 'a'.repeat(64), bytes: 1, keyId: 'b'.repeat(16) },
    lane: 0,
    announcedAt: AT,
    state: 'ANNOUNCED',
    attempts: 0,
    corrections: [],
    facts: {},
    history: [],
    ...change,
  } satisfies Registration);
}

/** Written down once more, so that a move that slips in or out of the table is noticed. */
const LEGAL = new Set([
  'ANNOUNCED RECEIVED',
  'RECEIVED IN_FLOW',
  'RECEIVED DEAD_LETTER',
  'IN_FLOW IN_FLOW',
  'IN_FLOW PARKED',
  'IN_FLOW DEAD_LETTER',
  'IN_FLOW COMPLETED',
  'IN_FLOW REJECTED',
  'IN_FLOW FAILED',
  'PARKED IN_FLOW',
  'PARKED DEAD_LETTER',
  'DEAD_LETTER IN_FLOW',
]);

const PAIRS = REGISTRATION_STATES.flatMap((from) => REGISTRATION_STATES.map((to) => [from, to] as const));

describe('the states of a registration', () => {
  test.each(PAIRS.filter(([from, to]) => LEGAL.has(`${from} ${to}`)))('%s may become %s', (from, to) => {
    expect(mayMove(from, to)).toBe(true);
    const change = to === 'PARKED' ? { parked: { reason: 'decision', until: AT } as const } : {};
    expect(moveTo(registration({ state: from }), to, change, NOW).state).toBe(to);
  });

  test('no other move is possible', () => {
    const illegal = PAIRS.filter(([from, to]) => !LEGAL.has(`${from} ${to}`));
    expect(illegal).toHaveLength(64 - LEGAL.size);
    for (const [from, to] of illegal) {
      expect(mayMove(from, to), `${from} ${to}`).toBe(false);
      expect(() => moveTo(registration({ state: from }), to, {}, NOW), `${from} ${to}`).toThrow(RangeError);
    }
  });

  test('nothing leaves a terminal state, and every other state has a way on', () => {
    const terminal = REGISTRATION_STATES.filter(isTerminal);
    expect(terminal).toEqual(['COMPLETED', 'REJECTED', 'FAILED']);
    for (const state of REGISTRATION_STATES) {
      expect(REGISTRATION_STATES.some((to) => mayMove(state, to))).toBe(!terminal.some((one) => one === state));
    }
  });

  test('every state lies on exactly one of the heaps of the conservation law', () => {
    const heaps: Record<RegistrationState, string> = {
      ANNOUNCED: 'queued',
      RECEIVED: 'queued',
      IN_FLOW: 'queued',
      PARKED: 'parked',
      DEAD_LETTER: 'deadLettered',
      COMPLETED: 'terminal',
      REJECTED: 'terminal',
      FAILED: 'terminal',
    };
    for (const state of REGISTRATION_STATES) expect(heapOf(state)).toBe(heaps[state]);
  });
});

describe('moving a registration', () => {
  test('ends every wait: neither a park nor a time of a retry outlives the move', () => {
    const waiting = registration({ state: 'IN_FLOW', notBefore: AT, parked: { reason: 'correction', until: AT } });
    const moved = moveTo(waiting, 'IN_FLOW', {}, NOW);
    expect(moved).not.toHaveProperty('notBefore');
    expect(moved).not.toHaveProperty('parked');
  });

  test('begins the wait that the move itself brings', () => {
    const parked = { reason: 'correction', until: AT } as const;
    const before = registration({ state: 'IN_FLOW' });
    expect(moveTo(before, 'PARKED', { parked }, NOW)).toMatchObject({ state: 'PARKED', parked });
  });

  test('refuses a park that waits for nothing, and a wait that is no park', () => {
    const parked = { reason: 'correction', until: AT } as const;
    expect(() => moveTo(registration({ state: 'IN_FLOW' }), 'PARKED', {}, NOW)).toThrow(RangeError);
    expect(() => moveTo(registration({ state: 'IN_FLOW' }), 'IN_FLOW', { parked }, NOW)).toThrow(RangeError);
  });

  test('notes since when it is at another stage or state, and only then', () => {
    const before = registration({ state: 'IN_FLOW', stage: 'a', stageSince: '2026-01-01T00:00:00.000Z' });
    expect(moveTo(before, 'IN_FLOW', { attempts: 1 }, NOW).stageSince).toBe('2026-01-01T00:00:00.000Z');
    expect(moveTo(before, 'IN_FLOW', { stage: 'b' }, NOW).stageSince).toBe(AT);
    expect(moveTo(before, 'DEAD_LETTER', {}, NOW).stageSince).toBe(AT);
  });

  test('leaves the registration that it was given as it was', () => {
    const before = registration({ state: 'RECEIVED' });
    moveTo(before, 'IN_FLOW', { stage: 'receive', attempts: 3 }, NOW);
    expect(before).toEqual(registration({ state: 'RECEIVED' }));
  });

  test('does not let the change smuggle in another state', () => {
    const moved = moveTo(registration({ state: 'RECEIVED' }), 'IN_FLOW', { state: 'COMPLETED' }, NOW);
    expect(moved.state).toBe('IN_FLOW');
  });
});

describe('the history of a registration', () => {
  const entries = (count: number): HistoryEntry[] =>
    Array.from({ length: count }, (_, n) => ({ at: AT, stage: `s${n}`, outcome: 'next' }));
  const grown = (count: number): HistoryEntry[] => entries(count).reduce<HistoryEntry[]>(withHistory, []);

  test('keeps everything, in order, as long as there is room', () => {
    expect(grown(64)).toEqual(entries(64));
  });

  test('is bounded, and keeps its beginning and the latest', () => {
    const history = grown(1000);
    expect(history).toHaveLength(160);
    expect(history.slice(0, 80)).toEqual(entries(80));
    expect(history.slice(80)).toEqual(entries(1000).slice(-80));
    expect(registrationSchema.safeParse(registration({ history })).success).toBe(true);
  });
});

describe('lanes', () => {
  test('a RID always falls into the same lane', () => {
    expect(laneOf(RID)).toBe(laneOf(RID));
    // An installation that has run would lose its lanes if this changed.
    expect(laneOf(RID)).toBe(43);
  });

  test('the wave of one station spreads over all of them evenly', () => {
    const filled = new Array<number>(LANES).fill(0);
    for (let n = 0; n < 6400; n += 1) {
      const lane = laneOf(`1000110001${String(n).padStart(5, '0')}20260301080000`);
      filled[lane] = (filled[lane] ?? 0) + 1;
    }
    expect(filled).toHaveLength(LANES);
    expect(Math.min(...filled)).toBeGreaterThan(60);
    expect(Math.max(...filled)).toBeLessThan(150);
  });
});

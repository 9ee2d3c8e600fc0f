import { describe, expect, it } from 'vitest';
import { PacketTroubles, type Trouble, type Verdict } from './packet-troubles.ts';

function scene(random = 1) {
  let nowMs = 0;
  const troubles = new PacketTroubles({
    passOver: { baseMs: 100, capMs: 1_000 },
    random: () => random,
    monotonicMs: () => nowMs,
  });
  return {
    troubles,
    after: (ms: number) => {
      nowMs += ms;
    },
    /** The verdicts on so many of them in a row. */
    times: (count: number, trouble: Trouble, reachedBytes = 0): Verdict[] =>
      Array.from({ length: count }, () => troubles.note('a', trouble, reachedBytes)),
  };
}

describe('what goes wrong with one packet', () => {
  it('lets it be passed over when it was stuck three times, each time for longer', () => {
    const { troubles, after, times } = scene();
    expect(times(3, 'stuck')).toEqual(['again', 'again', 'pass over']);
    expect(troubles).toMatchObject({ passedOver: 1, untilDueMs: 100 });
    after(100);
    expect(troubles.isPassedOver('a')).toBe(false);
    times(3, 'stuck');
    expect(troubles.untilDueMs).toBe(200);
    for (let round = 0; round < 10; round += 1) times(3, 'stuck');
    expect(troubles.untilDueMs).toBe(1_000);
  });

  it('is no trouble while the core gets further with it', () => {
    const { troubles, times } = scene();
    for (const reached of [0, 10, 20, 30, 40]) {
      troubles.begun('a', reached);
      expect(times(2, 'stuck', reached)).toEqual(['again', 'again']);
    }
    troubles.note('b', 'stuck', 40);
    // Not even a first word of the core tells of no way back.
    troubles.note('b', 'stuck', undefined);
    troubles.begun('b', 40);
    expect(troubles.note('b', 'stuck', 40)).toBe('pass over');
  });

  it('needs someone to look at the third round of damaged parts, and at the third time that all of it is wrong', () => {
    const { times } = scene();
    expect(times(27, 'part').filter((verdict) => verdict === 'pass over')).toHaveLength(2);
    expect(times(1, 'spoilt')).toEqual(['pass over']);
    const other = scene();
    expect(other.times(26, 'part')).not.toContain('look');
    expect(other.times(1, 'part')).toEqual(['look']);
  });

  it('that arrives whole and wrong is counted although the core got further each time', () => {
    const { troubles, times } = scene();
    times(1, 'spoilt');
    troubles.begun('a', 50);
    times(1, 'spoilt', 50);
    troubles.begun('a', 0);
    troubles.begun('a', 50);
    expect(times(1, 'spoilt', 50)).toEqual(['look']);
  });

  it('is waited for even when chance says not to wait, and forgotten when it is through', () => {
    const { troubles, times } = scene(0);
    times(1, 'not ready');
    expect(troubles.untilDueMs).toBe(50);
    troubles.forget('a');
    expect(troubles).toMatchObject({ passedOver: 0, untilDueMs: undefined });
  });

  it('is remembered of a bounded number of packets, those of the latest troubles', () => {
    const { troubles } = scene();
    for (let index = 0; index < 300; index += 1) troubles.note(`packet ${index}`, 'not ready', 0);
    expect(troubles.passedOver).toBe(200);
    expect(troubles.isPassedOver('packet 299')).toBe(true);
  });
});

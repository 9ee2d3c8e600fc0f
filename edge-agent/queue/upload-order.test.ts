import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testItem } from './queue.fixture.ts';
import type { QueueItem } from './queue-item.ts';
import { nextUpload } from './upload-order.ts';

interface Kind {
  readonly bytes?: number;
  readonly urgent?: boolean;
  readonly begun?: boolean;
}

/** @param sequence the higher, the later it was saved */
function packet(sequence: number, { bytes = 1_000, urgent = false, begun = false }: Kind = {}): QueueItem {
  const item = testItem(sequence);
  const { manifest } = item;
  return {
    ...item,
    state: begun ? 'UPLOADING' : 'EXPECTED',
    manifest: {
      ...manifest,
      priority: urgent ? 'urgent' : 'normal',
      packet: { ...manifest.packet, bytes },
    },
    changedAt: item.savedAt,
  };
}

/** All in the order in which they go, when none comes in between. */
function orderOf(waiting: readonly QueueItem[]): number[] {
  const order: number[] = [];
  let left = [...waiting];
  for (let turn = 0; left.length > 0; turn += 1) {
    const item = nextUpload(left, turn)?.item;
    left = left.filter((one) => one !== item);
    order.push(Number(item?.rid.slice(10, 15)));
  }
  return order;
}

describe('the order of uploads', () => {
  it('is urgent ones before the rest', () => {
    expect(orderOf([packet(1), packet(2, { urgent: true }), packet(3), packet(4, { urgent: true })])).toEqual([
      2, 4, 1, 3,
    ]);
  });

  it('is small before large within a class, and the older of equals', () => {
    const waiting = [packet(1, { bytes: 9 }), packet(2, { bytes: 3 }), packet(3, { bytes: 3 })];
    expect(orderOf([...waiting, packet(4, { bytes: 99, urgent: true })])).toEqual([4, 2, 3, 1]);
  });

  it('goes on with what was begun before others of its class, and after those above it', () => {
    const waiting = [packet(1, { bytes: 1 }), packet(2, { bytes: 9, begun: true }), packet(3, { urgent: true })];
    expect(orderOf(waiting)).toEqual([3, 2, 1]);
  });

  it('gives every fourth turn to the one that has waited longest of all', () => {
    const large = packet(1, { bytes: 1_000_000 });
    const small = [2, 3, 4, 5, 6, 7].map((sequence) => packet(sequence, { urgent: true }));
    expect(orderOf([large, ...small])).toEqual([2, 3, 4, 1, 5, 6, 7]);
    expect(nextUpload([large, ...small], 3)).toMatchObject({ isForOldest: true });
    expect(nextUpload([large, ...small], 4)).toMatchObject({ isForOldest: false });
  });

  it('has no next when nothing waits', () => {
    expect(nextUpload([], 3)).toBeUndefined();
  });

  it('starves none: with n older ones before it, a packet goes within 4 × (n + 1) turns, whatever comes after it', () => {
    const kind = fc.record({ bytes: fc.nat(5), urgent: fc.boolean(), begun: fc.boolean() });
    const story = fc.record({
      older: fc.array(kind, { maxLength: 6 }),
      it: kind,
      // A new one with each turn, and more.
      later: fc.array(kind, { minLength: 40, maxLength: 40 }),
      begunAt: fc.nat(7),
    });
    fc.assert(
      fc.property(story, ({ older, it, later, begunAt }) => {
        let waiting = [...older, it].map((one, at) => packet(at + 1, one));
        const patient = waiting.at(-1);
        const coming = later.map((one, at) => packet(older.length + 2 + at, one));
        for (let turn = 0; turn < 4 * (older.length + 1); turn += 1) {
          const next = nextUpload(waiting, begunAt + turn)?.item;
          if (next === patient) return true;
          waiting = waiting.filter((one) => one !== next).concat(coming.splice(0, 1));
        }
        return false;
      }),
    );
  });
});

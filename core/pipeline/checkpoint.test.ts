import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Checkpoint } from './checkpoint.ts';

describe('the checkpoint', () => {
  test('stands where it was left when nothing has been seen', () => {
    expect(new Checkpoint(undefined).since).toBeUndefined();
    expect(new Checkpoint('7').since).toBe('7');
  });

  test('stands just before the first registration that is open', () => {
    const checkpoint = new Checkpoint(undefined);
    checkpoint.see('a', '1', false);
    checkpoint.see('b', '2', true);
    checkpoint.see('c', '3', true);
    expect(checkpoint.since).toBe('1');
    checkpoint.close('b');
    expect(checkpoint.since).toBe('2');
    checkpoint.close('c');
    expect(checkpoint.since).toBe('3');
  });

  test('stands at the beginning as long as the very first registration is open', () => {
    const checkpoint = new Checkpoint(undefined);
    checkpoint.see('a', '1', true);
    checkpoint.see('b', '2', false);
    expect(checkpoint.since).toBeUndefined();
  });

  test('moves on when an open registration was written again, because the feed shows it further on', () => {
    const checkpoint = new Checkpoint(undefined);
    checkpoint.see('a', '1', true);
    checkpoint.see('b', '2', true);
    checkpoint.see('a', '3', true);
    expect(checkpoint.since).toBe('1');
    checkpoint.close('b');
    expect(checkpoint.since).toBe('2');
  });

  test('does not wait for a registration that was deleted', () => {
    const checkpoint = new Checkpoint(undefined);
    checkpoint.see('a', '1', true);
    checkpoint.see('a', '2', false);
    expect(checkpoint.since).toBe('2');
    expect(checkpoint.openCount).toBe(0);
  });

  test('moves on with the feed when nothing in it concerns anyone', () => {
    const checkpoint = new Checkpoint('5');
    checkpoint.passed('9');
    expect(checkpoint.since).toBe('9');
  });

  test('keeps no more than the open registrations, however long the feed is', () => {
    const checkpoint = new Checkpoint(undefined);
    for (let n = 0; n < 1000; n += 1) {
      checkpoint.see(`r${n}`, String(n), true);
      if (n >= 10) checkpoint.close(`r${n - 10}`);
    }
    expect(checkpoint.openCount).toBe(10);
  });

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), rid: fc.nat(7), open: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('close' as const), rid: fc.nat(7) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  );

  test('whatever is written, read and closed in whatever order, a restart from it misses nothing that is open', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        /** The feed, as a store has it: each registration once, at its newest change. */
        const feed = new Map<string, { seq: number; open: boolean }>();
        let lastSeq = 0;
        let checkpoint = new Checkpoint(undefined);
        let position = 0;
        const after = (seq: number) => [...feed].filter(([, change]) => change.seq > seq);
        const write = (rid: string, open: boolean): void => {
          lastSeq += 1;
          feed.delete(rid);
          feed.set(rid, { seq: lastSeq, open });
        };
        for (const one of steps) {
          if (one.kind === 'write') write(`r${one.rid}`, one.open);
          if (one.kind === 'close') {
            // Closing means that the engine has saved it as done; the feed shows that later.
            write(`r${one.rid}`, false);
            checkpoint.close(`r${one.rid}`);
          }
          if (one.kind === 'read') {
            const page = after(position).slice(0, one.count);
            for (const [rid, { seq, open }] of page) checkpoint.see(rid, String(seq), open);
            position = page.at(-1)?.[1].seq ?? lastSeq;
            checkpoint.passed(String(position));
          }
          if (one.kind === 'restart') {
            position = Number(checkpoint.since ?? 0);
            checkpoint = new Checkpoint(checkpoint.since);
          }
          const again = new Set(after(Number(checkpoint.since ?? 0)).map(([rid]) => rid));
          for (const [rid, { open }] of feed) if (open) expect(again).toContain(rid);
        }
      }),
      { seed: 20260301, numRuns: 500 },
    );
  });
});

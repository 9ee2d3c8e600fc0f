import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it } from 'vitest';
import { LinkError, LinkTooSlow } from '../link/link-error.ts';
import { type Said, sendBatch, type UpDoc, WholeRefusal } from './send-batch.ts';

const batch = (count: number): UpDoc[] => Array.from({ length: count }, (_none, index) => ({ _id: `doc:${index}` }));

interface Way {
  /** Throws what the way answers to a request that it does not let through. */
  readonly refuse: (docs: readonly UpDoc[]) => void;
}

async function sent(docs: readonly UpDoc[], { refuse }: Way) {
  const asked: number[] = [];
  const passed: string[] = [];
  const refused: Record<string, string> = {};
  const ask = async (some: readonly UpDoc[]): Promise<Said> => {
    asked.push(some.length);
    try {
      refuse(some);
    } catch (error) {
      if (some.length > 1 && error instanceof LinkTooSlow) return 'too much';
      const whole = some.length > 0 && (WholeRefusal.byCore(error) ?? WholeRefusal.onTheWay(error));
      if (whole) return whole;
      throw error;
    }
    return some.map(({ _id }) => ({ id: _id, ok: true, rev: '1-a' }));
  };
  for await (const answer of sendBatch(docs, ask)) {
    for (const result of answer) {
      if ('ok' in result) passed.push(result.id);
      else refused[result.id] = result.reason;
    }
  }
  return { asked, passed, refused };
}

const refusingIf =
  (isRefused: (docs: readonly UpDoc[]) => boolean, error: Error): Way['refuse'] =>
  (docs) => {
    if (isRefused(docs)) throw error;
  };

describe('a batch', () => {
  it('goes up in one request when nothing stands against it, and in none when there is nothing', async () => {
    expect((await sent(batch(100), { refuse: () => undefined })).asked).toEqual([100]);
    expect((await sent([], { refuse: () => undefined })).asked).toEqual([]);
  });

  it.each([0, 1, 49, 50, 99])(
    'goes up but for document %i, which makes the request unreadable for the core',
    async (nth) => {
      const isPoison = (docs: readonly UpDoc[]): boolean => docs.some(({ _id }) => _id === `doc:${nth}`);
      const all = await sent(batch(100), { refuse: refusingIf(isPoison, new EnrouteError('ENR-WEB-003')) });
      expect(all.refused).toEqual({ [`doc:${nth}`]: 'ENR-WEB-003' });
      expect(all.passed).toHaveLength(99);
      expect(all.asked.length).toBeLessThanOrEqual(15);
    },
  );

  it('goes up in smaller ones through a proxy that lets through little, in few requests more', async () => {
    const isTooMuch = (docs: readonly UpDoc[]): boolean => docs.length > 30;
    const all = await sent(batch(100), { refuse: refusingIf(isTooMuch, new LinkError('413', undefined, 413)) });
    expect(all).toMatchObject({ refused: {}, asked: [100, 0, 50, 25, 25, 50, 25, 25] });
    expect(all.passed).toHaveLength(100);
  });

  it('goes up in smaller ones over a link that is too slow for it, and none of them twice', async () => {
    const isTooMuch = (docs: readonly UpDoc[]): boolean => docs.length > 30;
    const all = await sent(batch(100), { refuse: refusingIf(isTooMuch, new LinkTooSlow('no byte moved')) });
    expect(all).toMatchObject({ refused: {}, asked: [100, 50, 25, 25, 50, 25, 25] });
    expect(all.passed).toHaveLength(100);
  });

  it('fails with the link when not even one document comes over it', async () => {
    const tooSlow = new LinkTooSlow('no byte moved');
    await expect(sent(batch(4), { refuse: refusingIf(() => true, tooSlow) })).rejects.toBe(tooSlow);
  });

  it('goes up but for what alone is too much for a proxy', async () => {
    const isTooMuch = (docs: readonly UpDoc[]): boolean => docs.some(({ _id }) => _id === 'doc:2');
    const all = await sent(batch(4), { refuse: refusingIf(isTooMuch, new LinkError('413', undefined, 413)) });
    expect(all).toMatchObject({ passed: ['doc:0', 'doc:1', 'doc:3'], refused: { 'doc:2': 'ENR-CHN-005' } });
  });

  it('of one document is refused for it only when the way is seen to be open', async () => {
    const all = await sent(batch(1), {
      refuse: refusingIf((docs) => docs.length > 0, new LinkError('413', undefined, 413)),
    });
    expect(all).toEqual({ asked: [1, 0], passed: [], refused: { 'doc:0': 'ENR-CHN-005' } });
  });

  it('is not refused by a captive portal that says 403 to everything: that is a failure of the link', async () => {
    const portal = new LinkError('a page', undefined, 403);
    const refuse = refusingIf(() => true, portal);
    await expect(sent(batch(100), { refuse })).rejects.toBe(portal);
  });

  it.each([
    ['the link', new LinkError('no answer')],
    ['a proxy that has no core behind it', new LinkError('502', undefined, 502)],
    ['the core, to the station', new EnrouteError('ENR-AUT-005')],
    ['the core, for now', new EnrouteError('ENR-WEB-002')],
  ])('is tried again as a whole when it fails by %s', async (_whom, error) => {
    await expect(sent(batch(10), { refuse: refusingIf(() => true, error) })).rejects.toBe(error);
  });

  it('never takes more than twice as many requests as it has documents', async () => {
    const all = await sent(batch(100), {
      refuse: refusingIf(({ length }) => length > 0, new EnrouteError('ENR-WEB-003')),
    });
    expect(Object.keys(all.refused)).toHaveLength(100);
    expect(all.asked).toHaveLength(199);
  });
});

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkError } from './link-error.ts';
import { type Caller, openOnline, openTestLink, settled } from './link-manager.fixture.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MINUTE_MS = 60_000;
const never = new AbortController().signal;

describe('the plan of the link', () => {
  it('holds packets outside of its windows, and the channel never', async () => {
    const { link, call, pass } = await openOnline({ windows: [{ from: '12:05', to: '12:30' }] });
    const [upload, poll] = [call('data'), call('control')];
    await settled();
    expect([upload.passage, poll.passage?.isProbe]).toEqual([undefined, false]);
    expect(link.status).toMatchObject({ state: 'metered', up: true, code: 'ENR-LNK-002' });
    expect(link.status.opensAt).toBe(new Date(2026, 2, 1, 12, 5).toISOString());
    await pass(5 * MINUTE_MS + 2_000);
    expect(upload.passage?.isProbe).toBe(false);
    expect(link.status).toMatchObject({ state: 'online', opensAt: null });
  });

  it('stops an upload at the next slice when its window closes, and lets it go on in the next', async () => {
    const { link, call, pass } = await openOnline({ windows: [{ from: '12:00', to: '12:01' }] });
    const upload = call('data');
    await settled();
    await link.take(1_000, upload.passage?.signal ?? never);
    vi.setSystemTime(new Date(2026, 2, 1, 12, 1));
    await expect(link.take(1_000, upload.passage?.signal ?? never)).rejects.toThrow(LinkError);
    expect(upload.passage?.signal.aborted).toBe(true);
    const again = call('data');
    await settled();
    expect([again.passage, link.status.state]).toEqual([undefined, 'metered']);
    vi.setSystemTime(new Date(2026, 2, 2, 12));
    await pass(2_000);
    expect(again.passage).toBeDefined();
  });

  it('stops an upload that is between two slices, too', async () => {
    const { call, pass } = await openOnline({ windows: [{ from: '12:00', to: '12:01' }] });
    const upload = call('data');
    await pass(MINUTE_MS + 2_000);
    expect(upload.passage?.signal.aborted).toBe(true);
  });

  it('counts every byte that is sent against the day’s budget, and goes on after midnight', async () => {
    const { link, world, call, pass } = await openOnline({ dailyBytes: 10_000 });
    const upload = call('data');
    await settled();
    for (let slice = 0; slice < 3; slice += 1) await link.take(4_000, never);
    expect(link.status).toMatchObject({ sentTodayBytes: 12_000, dailyBytes: 10_000 });
    await expect(link.take(4_000, never)).rejects.toThrow(LinkError);
    expect(upload.passage?.signal.aborted).toBe(true);
    expect(link.status).toMatchObject({ state: 'metered', code: 'ENR-LNK-003' });
    expect(link.status.opensAt).toBe(new Date(2026, 2, 2).toISOString());
    const again = call('data');
    // Whoever keeps the count begins a new day.
    world.sentBytes = 0;
    await pass(2_000);
    expect(again.passage).toBeDefined();
  });

  it('never lets more go in any time than its rate, a second’s worth apart', async () => {
    const { link, pass, world } = await openOnline({ bytesPerSecond: 4_000 });
    void (async () => {
      for (let slice = 0; slice < 1_000; slice += 1) await link.take(1_500, never);
    })();
    for (let second = 1; second <= 60; second += 1) {
      await pass(1_000);
      expect(world.sentBytes).toBeLessThanOrEqual(4_000 * (second + 1));
    }
    expect(world.sentBytes).toBeGreaterThan(4_000 * 59);
  });

  it('may be changed while it holds', async () => {
    const { world, call, pass } = await openOnline({ windows: [{ from: '18:00', to: '06:00' }] });
    const upload = call('data');
    await settled();
    world.plan = {};
    await pass(2_000);
    expect(upload.passage).toBeDefined();
  });
});

describe('the measured rate', () => {
  it('is acknowledged bytes over the time in which they moved, whatever was waited in between', async () => {
    const { link, call, pass } = await openOnline({});
    expect(link.status.bytesPerSecond).toBeNull();
    for (let packet = 0; packet < 3; packet += 1) {
      const upload = call('data');
      await settled();
      // What the core had from an earlier try.
      link.acknowledged(1_000_000);
      for (let word = 0; word < 5; word += 1) {
        await pass(2_000);
        link.acknowledged(16_000);
      }
      await upload.answer();
      await pass(600_000);
    }
    expect(link.status.bytesPerSecond).toBeCloseTo(8_000, 5);
  });
});

describe('whatever happens to the link', () => {
  type Happening =
    | 'call control'
    | 'call data'
    | 'answer'
    | 'fail'
    | 'deny'
    | 'refuse'
    | 'wait'
    | 'give up'
    | 'pause'
    | 'resume'
    | 'try'
    | 'move'
    | 'acknowledge'
    | 'minutes';
  const happening = fc.constantFrom<Happening>(
    'call control',
    'call data',
    'answer',
    'fail',
    'deny',
    'refuse',
    'wait',
    'give up',
    'pause',
    'resume',
    'try',
    'move',
    'acknowledge',
    'minutes',
  );

  it('no caller is lost, and of a link that may be down only one finds out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), fc.nat(7), async (story, seed) => {
        const { link, world, call, pass } = openTestLink();
        const callers: Caller[] = [];
        const underWay = (): Caller[] =>
          callers.filter(({ passage, told }) => passage && !told && !passage.signal.aborted);
        const one = (): Caller | undefined => underWay()[seed % Math.max(1, underWay().length)];
        const doing: Record<Happening, () => unknown> = {
          'call control': () => callers.push(call('control')),
          'call data': () => callers.push(call('data')),
          answer: () => one()?.answer(),
          fail: () => one()?.fail(),
          deny: () => one()?.refuse('ENR-AUT-005', 401),
          refuse: () => one()?.refuse('ENR-WEB-002', 503),
          wait: () => one()?.refuse('ENR-WEB-002', 503, 30_000),
          'give up': () => callers[seed % Math.max(1, callers.length)]?.giveUp(),
          pause: () => link.pause(),
          resume: () => link.resume(),
          try: () => link.tryNow(),
          move: () => {
            world.addresses += '.';
          },
          acknowledge: () => link.acknowledged(100),
          minutes: () => pass(3 * MINUTE_MS),
        };
        for (const event of story) {
          await doing[event]();
          await settled();
          if (link.status.state === 'probing') {
            expect(underWay().filter(({ passage }) => passage?.isProbe)).toHaveLength(1);
          }
        }
        link.resume();
        for (let round = 0; round < 200 && callers.some(({ told }) => !told); round += 1) {
          await Promise.all(underWay().map((caller) => caller.answer()));
          await pass(MINUTE_MS);
        }
        expect(callers.filter(({ told }) => !told)).toEqual([]);
        link.stop();
      }),
      { numRuns: 200 },
    );
  });
});

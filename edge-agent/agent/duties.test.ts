import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Duty, startDuties } from './duties.ts';

const HOUR_MS = 3_600_000;

async function start(duties: readonly Duty[], logs: object[] = []) {
  const log = pino({ base: null }, { write: (text: string) => logs.push(JSON.parse(text)) });
  const running = startDuties(duties, 5, log);
  onTestFinished(() => running.stop());
  return running;
}

describe('the duties of a station', () => {
  it('are done once as soon as it has started, and then each at its own pace', async () => {
    const done: string[] = [];
    const often = { name: 'often', everyMs: 0, work: async () => done.push('often') };
    const seldom = { name: 'seldom', everyMs: HOUR_MS, work: async () => done.push('seldom') };
    await start([often, seldom]);
    await vi.waitFor(() => expect(done).toEqual(['often', 'seldom']), { interval: 1 });
    await sleep(60);
    expect(done.filter((name) => name === 'often').length).toBeGreaterThan(2);
    expect(done.filter((name) => name === 'seldom')).toHaveLength(1);
  });

  it('never run two at a time, and one that fails is told and keeps none of the others', async () => {
    const logs: object[] = [];
    let running = 0;
    let most = 0;
    let tries = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await sleep(3);
      running -= 1;
    };
    const failing = async (): Promise<never> => {
      tries += 1;
      throw new Error('the disk is full');
    };
    await start(
      [
        { name: 'fails', everyMs: HOUR_MS, work: failing },
        { name: 'works', everyMs: 0, work },
      ],
      logs,
    );
    // What failed is tried again with the next tick, not in an hour, and then ever more seldom.
    await vi.waitFor(() => expect(tries).toBeGreaterThan(3), { timeout: 5_000 });
    const triesOf = tries;
    await sleep(40);
    expect(tries - triesOf).toBeLessThan(3);
    expect(most).toBe(1);
    expect(logs[0]).toMatchObject({ work: 'fails', msg: 'will try again in a while' });
  });

  it('that are done once are done until they succeed, and not again', async () => {
    let tries = 0;
    const work = async (): Promise<void> => {
      tries += 1;
      if (tries === 1) throw new Error('the disk is full');
    };
    await start([{ name: 'once', everyMs: Number.POSITIVE_INFINITY, work }]);
    await vi.waitFor(() => expect(tries).toBe(2), { timeout: 5_000 });
    await sleep(40);
    expect(tries).toBe(2);
  });

  it('that are asked for while they wait are done once, and once more for who asks while they are being done', async () => {
    const first = Promise.withResolvers<void>();
    let begun = 0;
    const work = (): Promise<void> => {
      begun += 1;
      return begun === 1 ? first.promise : Promise.resolve();
    };
    const running = await start([{ name: 'it', everyMs: HOUR_MS, work }]);
    await vi.waitFor(() => expect(begun).toBe(1), { interval: 1 });
    for (let asked = 0; asked < 1_000; asked += 1) running.soon('it');
    first.resolve();
    await vi.waitFor(() => expect(begun).toBe(2), { interval: 1 });
    await sleep(20);
    expect(begun).toBe(2);
    running.soon('it');
    await vi.waitFor(() => expect(begun).toBe(3), { interval: 1 });
  });

  it('keep nobody who starts them waiting, however long the first takes', async () => {
    const release = Promise.withResolvers<void>();
    const done: string[] = [];
    const running = await start([
      { name: 'hangs', everyMs: 0, work: () => release.promise },
      { name: 'next', everyMs: HOUR_MS, work: async () => done.push('next') },
    ]);
    expect(done).toEqual([]);
    release.resolve();
    await running.stop();
  });

  it('wait for their time, and do not gather behind one that takes long', async () => {
    const done: string[] = [];
    let isTime = false;
    let begun = 0;
    const long = async (): Promise<void> => {
      begun += 1;
      if (begun > 1) await sleep(60);
    };
    await start([
      { name: 'later', everyMs: 0, isTime: () => isTime, work: async () => done.push('later') },
      { name: 'long', everyMs: 0, work: long },
    ]);
    await sleep(70);
    expect(done).toEqual([]);
    isTime = true;
    await sleep(140);
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(6);
  });

  it('can be asked for out of turn, and are over when they are stopped', async () => {
    let count = 0;
    const work = async (): Promise<void> => {
      count += 1;
    };
    const running = await start([{ name: 'it', everyMs: HOUR_MS, work }]);
    running.soon('it');
    running.soon('unknown');
    await running.stop();
    const atStop = count;
    running.soon('it');
    await sleep(20);
    expect(count).toBe(atStop);
    expect(atStop).toBeGreaterThanOrEqual(1);
  });
});

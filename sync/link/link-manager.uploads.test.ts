import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOnline, openTestLink, settled } from './link-manager.fixture.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an upload that gets an answer each time, and then not a byte across', () => {
  /** How long each try had to wait for its turn, in seconds. */
  async function waitsOf(tries: number, bytes: number): Promise<number[]> {
    const { link, call, pass } = await openOnline();
    const waits: number[] = [];
    for (let round = 0; round < tries; round += 1) {
      const begun = performance.now();
      const upload = call('data');
      while (!upload.passage) await pass(100);
      link.acknowledged(bytes);
      await pass(10_000);
      await upload.fail();
      while (!upload.told) await pass(100);
      waits.push(Math.round((performance.now() - begun) / 1000) - 10);
    }
    return waits;
  }

  it('waits ever longer, though each answer says that the link is up', async () => {
    expect(await waitsOf(7, 0)).toEqual([1, 2, 4, 8, 16, 32, 60]);
  });

  it('waits no longer than the link does once bytes arrive', async () => {
    for (const wait of await waitsOf(5, 1_000)) expect(wait).toBeLessThanOrEqual(1);
  });
});

describe('an upload that went to find out, and did', () => {
  it('is later no more than any other: when it fails alone, the link stays', async () => {
    const { link, call, pass } = openTestLink();
    const upload = call('data');
    await settled();
    link.acknowledged(0);
    const poll = call('control');
    await pass(3_600_000);
    const push = call('control');
    await settled();
    await push.answer();
    await upload.fail();
    expect(link.status.state).toBe('online');
    expect(poll.passage?.signal.aborted).toBe(false);
  });

  it('says nothing of the link when it ends after that was stopped and resumed, and another finds out', async () => {
    const { link, call } = openTestLink();
    const first = call('control');
    await settled();
    link.pause();
    link.resume();
    const [second, third] = [call('control'), call('control')];
    await settled();
    await first.giveUp();
    expect([second, third].map(({ passage }) => passage?.isProbe)).toEqual([true, undefined]);
    expect(link.status.state).toBe('probing');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOnline, openTestLink, settled } from './link-manager.fixture.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a link of which nothing is known', () => {
  it('lets one caller go to find out, the channel’s, and then all', async () => {
    const { link, call } = openTestLink();
    const data = call('data');
    await data.giveUp();
    const [poll, push, upload] = [call('control'), call('control'), call('data')];
    await settled();
    expect([poll, push, upload].map(({ passage }) => passage?.isProbe)).toEqual([true, undefined, undefined]);
    expect(link.status).toMatchObject({ state: 'probing', up: false });
    await poll.answer();
    expect([push, upload].map(({ passage }) => passage?.isProbe)).toEqual([false, false]);
    expect(link.status).toMatchObject({ state: 'online', up: true, reason: null });
  });

  it('waits ever longer between tries, up to a cap, and no longer after an answer', async () => {
    const { call, pass, link } = openTestLink();
    const waits: number[] = [];
    // Each look takes twenty seconds to fail, so that the outage is long and only the number of looks counts.
    for (let round = 0; round < 8; round += 1) {
      const caller = call('control');
      const begun = performance.now();
      while (!caller.passage) await pass(100);
      waits.push(Math.round((performance.now() - begun) / 1000));
      await pass(20_000);
      await caller.fail();
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60]);
    expect(link.status).toMatchObject({ state: 'offline', reason: 'cut', up: false });
    const last = call('control');
    await pass(60_000);
    await last.answer();
    const [lost, next] = [call('control'), call('control')];
    await pass(6_000);
    await lost.fail();
    expect(next.told).toBeInstanceOf(Error);
    const again = call('control');
    await pass(1_000);
    expect(again.passage?.isProbe).toBe(true);
  });

  it('waits nowhere but between nothing and the bound, by chance', async () => {
    const { world, call, pass } = openTestLink();
    world.random = 0;
    const first = call('control');
    await settled();
    await first.fail();
    const second = call('control');
    await pass(1);
    expect(second.passage?.isProbe).toBe(true);
  });

  it('waits no longer than half of the time that the link has been down, however many looks failed at once', async () => {
    const { call, pass } = openTestLink();
    const lostAt = performance.now();
    for (let round = 0; round < 20; round += 1) {
      const caller = call('control');
      const begun = performance.now();
      while (!caller.passage) await pass(100);
      const waitedMs = performance.now() - begun;
      expect(waitedMs).toBeLessThanOrEqual(Math.max(1_000, (begun - lostAt) / 2, 100) + 100);
      await caller.fail();
    }
  });

  it('is asked by an upload that was called off because another request found the link dead', async () => {
    const { call, pass } = await openOnline();
    const [poll, upload] = [call('control'), call('data')];
    await pass(6_000);
    await poll.fail();
    expect(upload.told).toBeInstanceOf(Error);
    const [control, data] = [call('control'), call('data')];
    await pass(1_000);
    expect([control, data].map(({ passage }) => passage?.isProbe)).toEqual([undefined, true]);
  });

  it('is asked by the upload that was cut, before the channel', async () => {
    const { call, pass } = await openOnline();
    const upload = call('data');
    await pass(6_000);
    await upload.fail();
    const [poll, again] = [call('control'), call('data')];
    await pass(1_000);
    expect([poll.passage, again.passage?.isProbe]).toEqual([undefined, true]);
  });

  it('is asked every eighth time by the channel while an upload that was cut does not find it up', async () => {
    const { call, pass } = await openOnline();
    const upload = call('data');
    await pass(6_000);
    await upload.fail();
    const probes: string[] = [];
    for (let round = 0; round < 16; round += 1) {
      const callers = { control: call('control'), data: call('data') };
      await pass(60_000);
      for (const [plane, caller] of Object.entries(callers)) {
        if (caller.passage) probes.push(plane);
        await (caller.passage ? caller.fail() : caller.giveUp());
      }
    }
    const eight = [...Array.from({ length: 7 }, () => 'data'), 'control'];
    expect(probes).toEqual([...eight, ...eight]);
  });

  it('goes to the next caller when the one who was to find out gives up', async () => {
    const { call } = openTestLink();
    const [first, second] = [call('control'), call('control')];
    await settled();
    await first.giveUp();
    expect(second.passage?.isProbe).toBe(true);
  });

  it('is up with the first acknowledged byte, long before the upload ends', async () => {
    const { link, call, pass } = await openOnline();
    const upload = call('data');
    await pass(6_000);
    await upload.fail();
    const [again, poll] = [call('data'), call('control')];
    await pass(1_000);
    link.acknowledged(0);
    await settled();
    expect(again.told).toBeUndefined();
    expect(poll.passage?.isProbe).toBe(false);
  });
});

describe('a link that is lost', () => {
  it('calls off what hangs on it, and what comes waits', async () => {
    const { link, call, pass } = await openOnline();
    const [poll, push] = [call('control'), call('control')];
    await pass(6_000);
    await push.fail();
    expect(poll.passage?.signal.aborted).toBe(true);
    expect(link.status.state).toBe('offline');
    const later = call('data');
    await settled();
    expect(later.passage).toBeUndefined();
  });

  it('is not lost while an upload moves: who failed waits alone, and the others go on', async () => {
    const { link, call, pass } = await openOnline();
    const [upload, push] = [call('data'), call('control')];
    await pass(60_000);
    link.acknowledged(4_096);
    await pass(3_000);
    await push.fail();
    expect(link.status.state).toBe('online');
    expect(upload.passage?.signal.aborted).toBe(false);
    expect(push.told).toBeUndefined();
    const other = call('control');
    await settled();
    expect(other.passage?.isProbe).toBe(false);
    await pass(1_000);
    expect(push.told).toBeInstanceOf(Error);
  });

  it('is asked at once when the addresses of the machine change', async () => {
    const { world, call, pass } = openTestLink();
    for (let failures = 0; failures < 7; failures += 1) {
      const caller = call('control');
      await pass(60_000);
      await caller.fail();
    }
    const caller = call('control');
    await pass(3_000);
    expect(caller.passage).toBeUndefined();
    world.addresses = 'wlan0 192.168.1.4';
    await pass(2_000);
    expect(caller.passage?.isProbe).toBe(true);
  });

  it('is found out about when the addresses change under a request that hangs', async () => {
    const { world, call, pass } = await openOnline();
    const poll = call('control');
    await pass(10_000);
    world.addresses = '';
    await pass(2_000);
    expect(poll.passage?.signal.aborted).toBe(true);
    const next = call('control');
    await settled();
    expect(next.passage?.isProbe).toBe(true);
  });

  it('is asked anew when the addresses change under the request that finds out', async () => {
    const { world, call, pass } = openTestLink();
    const [hanging, next] = [call('control'), call('control')];
    await pass(10_000);
    expect(next.passage).toBeUndefined();
    world.addresses = 'wlan0 192.168.1.4';
    await pass(2_000);
    expect(hanging.passage?.signal.aborted).toBe(true);
    expect(next.passage?.isProbe).toBe(true);
  });

  it('is not said to be down for a reason that is over', async () => {
    const { link, call, pass } = openTestLink();
    const first = call('control');
    await settled();
    await first.refuse('ENR-AUT-005', 401);
    const second = call('control');
    await pass(400_000);
    await second.answer();
    link.pause();
    link.resume();
    expect(link.status).toMatchObject({ state: 'offline', reason: null, code: null });
  });

  it('is asked at once when a person says so', async () => {
    const { link, call, pass } = openTestLink();
    for (let failures = 0; failures < 5; failures += 1) {
      const caller = call('control');
      await pass(60_000);
      await caller.fail();
    }
    const caller = call('control');
    await settled();
    link.tryNow();
    await settled();
    expect(caller.passage?.isProbe).toBe(true);
  });

  it('tells once that it is down, and not each time that it is tried', async () => {
    const { changes, call, pass, link } = openTestLink();
    for (let failures = 0; failures < 4; failures += 1) {
      const caller = call('control');
      await pass(60_000);
      await caller.fail();
    }
    const { since } = link.status;
    expect(changes.map(({ reason }) => reason)).toEqual(['cut']);
    expect(since).toBe(new Date(2026, 2, 1, 12).toISOString());
  });
});

describe('what the core refuses', () => {
  it('is an answer: the link is up, and the caller waits before it tries again', async () => {
    const { link, call, pass } = openTestLink();
    const push = call('control');
    await settled();
    await push.refuse('ENR-WEB-002', 503);
    expect(link.status.state).toBe('online');
    expect(push.told).toBeUndefined();
    await pass(1_000);
    expect(push.told).toMatchObject({ code: 'ENR-WEB-002' });
  });

  it('with a time to wait holds that plane so long, and not the other', async () => {
    const { link, call, pass } = await openOnline();
    const upload = call('data');
    await settled();
    await upload.refuse('ENR-WEB-002', 503, 20_000);
    const [again, push] = [call('data'), call('control')];
    await settled();
    expect(link.status).toMatchObject({ state: 'paused', up: true, code: 'ENR-LNK-004' });
    expect(Date.parse(link.status.nextTryAt ?? '') - Date.now()).toBe(22_000);
    expect(push.passage?.isProbe).toBe(false);
    link.tryNow();
    await pass(21_000);
    expect(again.passage).toBeUndefined();
    await pass(1_001);
    expect(again.passage?.isProbe).toBe(false);
    expect(link.status.state).toBe('online');
  });

  it('with next to no time to wait is not asked for more at once, and ever more seldom', async () => {
    const { call, pass } = await openOnline();
    const begun = performance.now();
    for (let asked = 0; asked < 6; asked += 1) {
      const upload = call('data');
      await settled();
      await upload.refuse('ENR-WEB-002', 503, 0);
      while (!upload.told) await pass(100);
    }
    expect(performance.now() - begun).toBeGreaterThan(60_000);
  });

  it('never holds longer than an hour', async () => {
    const { call, pass } = await openOnline();
    const upload = call('data');
    await settled();
    await upload.refuse('ENR-WEB-002', 429, 10 * 3_600_000);
    const again = call('data');
    await pass(3_600_001);
    expect(again.passage).toBeDefined();
  });

  it('holds the uploads a while when the last credit is spent', async () => {
    const { link, call, pass } = await openOnline();
    link.creditsSpent();
    const upload = call('data');
    await pass(29_000);
    expect(upload.passage).toBeUndefined();
    await pass(4_001);
    expect(upload.passage).toBeDefined();
  });

  it.each([
    ['ENR-AUT-005', 401],
    ['ENR-AUT-006', 403],
  ] as const)('as %s blocks everybody, is told, and is asked again after minutes', async (code, status) => {
    const { link, call, pass } = await openOnline();
    const push = call('control');
    await settled();
    await push.refuse(code, status);
    expect(push.told).toMatchObject({ code });
    expect(link.status).toMatchObject({ state: 'blocked', up: false, code });
    const [next, upload] = [call('control'), call('data')];
    await pass(299_000);
    expect(next.passage).toBeUndefined();
    await pass(62_000);
    expect([next.passage?.isProbe, upload.passage]).toEqual([true, undefined]);
    await next.answer();
    expect(upload.passage).toBeDefined();
    expect(link.status.state).toBe('online');
  });

  it('is asked again before its time when a person says so', async () => {
    const { link, call } = await openOnline();
    const push = call('control');
    await settled();
    await push.refuse('ENR-AUT-005', 401);
    const next = call('control');
    link.tryNow();
    await settled();
    expect(next.passage?.isProbe).toBe(true);
  });
});

describe('a person', () => {
  it('stops the link: what is under way is called off, nothing goes, and nobody is turned away', async () => {
    const { link, call, pass } = await openOnline();
    const [poll, upload] = [call('control'), call('data')];
    await settled();
    link.acknowledged(100);
    link.pause();
    await settled();
    expect([poll.passage?.signal.aborted, upload.passage?.signal.aborted]).toEqual([true, true]);
    const [control, data] = [call('control'), call('data')];
    await pass(3_600_000);
    link.tryNow();
    await settled();
    expect([control.passage, data.passage, control.told, data.told]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(link.status).toMatchObject({ state: 'paused', up: false, code: 'ENR-LNK-005', nextTryAt: null });
  });

  it('resumes it, and it is found out anew whether it is up', async () => {
    const { link, call } = await openOnline();
    link.pause();
    const [control, data] = [call('control'), call('data')];
    link.resume();
    await settled();
    expect([control.passage?.isProbe, data.passage]).toEqual([true, undefined]);
    await control.answer();
    expect(data.passage?.isProbe).toBe(false);
  });
});

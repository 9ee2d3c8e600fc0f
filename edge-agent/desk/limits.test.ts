import { DEFAULT_STATION_LIMITS } from '@enroute/shared/policy/station-limits.ts';
import { describe, expect, it } from 'vitest';
import { openTestAgent } from '../agent/agent.fixture.ts';
import { openSyncNotes } from '../queue/sync-notes.ts';
import { measureLimits } from './limits.ts';

describe('the limits of a station', () => {
  it('are measured on the disk, in the queue and by the last contact', async () => {
    const agent = await openTestAgent();
    const syncNotes = await openSyncNotes(agent.database.current().counters, agent.desk.now);
    await agent.enrol();
    const now = agent.desk.now();
    const source = { folder: agent.database.folder, queue: agent.queue, syncNotes, approval: false, now };
    const roomy = { ...DEFAULT_STATION_LIMITS, diskReserveBytes: 0 };
    const measured = await measureLimits({ ...source, limits: roomy });
    expect(measured).toMatchObject({ findings: [], lastSyncAt: null });
    expect(measured.freeBytes).toBeGreaterThan(0);
    expect(measured.roomFor).toBe(1_999);

    expect((await measureLimits({ ...source, approval: true, limits: roomy })).roomFor).toBe(100);

    const tight = { ...roomy, waitingPackets: { warn: 1, refuse: 2 } };
    expect((await measureLimits({ ...source, limits: tight })).findings).toMatchObject([
      { code: 'ENR-LIM-002', weight: 'warn' },
    ]);
    const full = { ...roomy, diskReserveBytes: Number.MAX_SAFE_INTEGER };
    expect(await measureLimits({ ...source, limits: full })).toMatchObject({
      roomFor: 0,
      findings: [{ code: 'ENR-LIM-001', weight: 'refuse' }],
    });
  });

  it('refuse the next enrolment, and warnings are told with it when it was saved', async () => {
    const agent = await openTestAgent();
    const warning = { code: 'ENR-LIM-006', detail: '20 days', weight: 'warn' } as const;
    agent.world.limits = { roomFor: 3, findings: [warning] };
    expect((await agent.enrol()).warnings).toEqual([warning]);
    agent.world.limits = { roomFor: 0, findings: [{ ...warning, weight: 'refuse' }] };
    await expect(agent.enrol()).rejects.toMatchObject({ code: 'ENR-LIM-006' });
    expect(await agent.queue.list(10)).toHaveLength(1);
  });
});

describe('the note of the last contact', () => {
  it('is durable, and written once a minute at most', async () => {
    const agent = await openTestAgent();
    let now = new Date('2026-03-01T10:00:00.000Z');
    const { counters } = agent.database.current();
    const notes = await openSyncNotes(counters, () => now);
    expect(await notes.read()).toEqual({ lastSyncAt: null, openedAt: now.toISOString() });
    const first = now.toISOString();
    await notes.noteSync();
    now = new Date('2026-03-01T10:00:59.000Z');
    await notes.noteSync();
    expect((await notes.read()).lastSyncAt).toBe(first);
    now = new Date('2026-03-01T10:01:00.000Z');
    await notes.noteSync();
    expect((await notes.read()).lastSyncAt).toBe(now.toISOString());
    const again = await openSyncNotes(
      (await agent.database.reopen()).counters,
      () => new Date('2026-05-01T00:00:00.000Z'),
    );
    expect(await again.read()).toEqual({ lastSyncAt: now.toISOString(), openedAt: first });
  });
});

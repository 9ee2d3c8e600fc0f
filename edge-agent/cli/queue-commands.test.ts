import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import { openTestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

const UNKNOWN = '10001100770999920260301100000';
const DAY_MS = 24 * 60 * 60 * 1000;

describe('what the station holds', () => {
  it('is listed newest first, by state, and as many as are asked for', async () => {
    const { run, enrol, capture } = await openTestDesk();
    expect((await run(['list'])).out).toBe('Nothing is here.\n');
    const [first, second] = [await enrol(), await enrol()];
    await run(['enrol', await capture(), '--as-draft']);
    const all = (await run(['list', '--json'])).json() as object[];
    expect(all).toHaveLength(3);
    expect(all[1]).toMatchObject({ rid: expect.any(String), process: 'NEW', operator: 'amina', outcome: null });
    expect((await run(['list', '--limit', '1', '--json'])).json()).toHaveLength(1);
    const sealed = await run(['list', '--state', 'SEALED']);
    const [head, ...rows] = sealed.out.trimEnd().split('\n');
    expect(head).toMatch(/^RID +STATE +PROCESS +OPERATOR +SAVED +SIZE$/);
    expect(rows.map((row) => row.slice(0, 29)).sort()).toEqual([first, second]);
    for (const limit of ['0', '1001', 'x'])
      expect(await run(['list', '--limit', limit])).toMatchObject({ code: EXIT.wrongUsage });
    expect(await run(['list', '--state', 'NOWHERE'])).toMatchObject({ code: EXIT.wrongUsage });
  });

  it('is shown one by one', async () => {
    const { run, enrol, coreEnds } = await openTestDesk();
    const rid = await enrol();
    expect((await run(['show', rid])).out).toMatch(/^RID +\d{29}\nState +SEALED, since 2026-03-01 10:00:00Z\n/);
    await coreEnds(rid);
    expect((await run(['show', rid])).out).toContain('COMPLETED: ENR-OUT-001');
    expect((await run(['show', rid, '--json'])).json()).toMatchObject({ rid, outcome: { code: 'ENR-OUT-001' } });
    const unknown = await run(['show', UNKNOWN, '--json']);
    expect(unknown.code).toBe(EXIT.noSuchRegistration);
    expect(unknown.json()).toMatchObject({ error: 'ENR-STN-008' });
    expect(await run(['show', '123'])).toMatchObject({ code: EXIT.wrongUsage });
  });

  it('names nobody, and holds no secret', async () => {
    const desk = await openTestDesk();
    const rid = await desk.enrol();
    await desk.coreSays({ limits: { waitingPackets: { warn: 0, refuse: null } } });
    await desk.startAgent();
    for (const args of [['list'], ['show', rid], ['status'], ['verify'], ['verify', rid], ['show', UNKNOWN]]) {
      for (const json of [[], ['--json']]) {
        const { out, err } = await desk.run([...args, ...json]);
        expect(out + err, args.join(' ')).not.toMatch(/Zawadi|Mbeki|2024\/01\/01|planted/);
      }
    }
  });
});

describe('the status', () => {
  it('tells what waits, how much more there is room for, and each warning with its sentence', async () => {
    const { run, enrol, capture, coreSays } = await openTestDesk();
    await run(['enrol', await capture(), '--as-draft']);
    await enrol();
    expect((await run(['status', '--json'])).json()).toMatchObject({
      link: null,
      clockOffsetMs: null,
      waiting: { packets: 1, oldest: NOW.toISOString() },
      awaitingApproval: { packets: 0, oldest: null },
      drafts: 1,
      setAside: 0,
      limits: { roomFor: expect.any(Number), lastSyncAt: null, findings: [] },
    });
    await coreSays({ limits: { waitingPackets: { warn: 1, refuse: 3 } } });
    const { out } = await run(['status']);
    expect(out).toMatch(/Link +no agent runs\nLast contact +never\nWaiting +1 packet, .*since 2026-03-01 10:00:00Z/);
    expect(out).toMatch(/Room for +2 more enrolments/);
    expect(out).toContain('! ENR-LIM-002  Many packets wait to be sent. (1 packets)');
  });
});

describe('verifying', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { run, enrol } = await openTestDesk();
    const rid = await enrol();
    expect(await run(['verify'])).toMatchObject({ code: EXIT.done, out: '1 packet, 0 damaged.\n' });
    expect((await run(['verify', rid, '--json'])).lines()).toEqual([{ rid, state: 'SEALED', damage: null }]);
    expect(await run(['verify', UNKNOWN])).toMatchObject({ code: EXIT.noSuchRegistration });
  });

  it('tells what is damaged, sets it aside, and ends with its own exit code', async () => {
    const { folder, run, enrol } = await openTestDesk();
    const [good, bad] = [await enrol(), await enrol()];
    const path = join(folder, 'packets', `${bad}.enrs`);
    const bytes = await readFile(path);
    bytes.fill(0, bytes.byteLength - 200, bytes.byteLength - 100);
    await writeFile(path, bytes);
    const json = await run(['verify', '--json']);
    expect(json.code).toBe(EXIT.damage);
    expect(json.lines()).toMatchObject([
      { rid: good, damage: null },
      { rid: bad, damage: { code: 'ENR-STN-003', sentence: expect.any(String), next: expect.any(String) } },
    ]);
    const told = await run(['verify']);
    expect(told).toMatchObject({
      code: EXIT.damage,
      out: expect.stringMatching(/ENR-STN-003[\s\S]*2 packets, 1 damaged/),
    });
    expect((await run(['list', '--state', 'SET_ASIDE', '--json'])).json()).toMatchObject([{ rid: bad }]);
  });
});

describe('releasing', () => {
  it('deletes what has ended after the time to keep it, and not before', async () => {
    const { folder, run, enrol, coreEnds, opened } = await openTestDesk();
    const [ended, waiting] = [await enrol(), await enrol()];
    await coreEnds(ended);
    expect((await run(['release'])).out).toBe('0 packets released, 0 B.\n');
    const later = new Date(NOW.getTime() + 8 * DAY_MS);
    // A clock that was set forward deletes nothing.
    expect((await run(['release', '--json'], {}, { now: () => later })).lines()).toEqual([]);
    await opened(({ database }) => database.counters.incrementalUpsert({ name: 'last-sync', value: later.getTime() }));
    const ran = await run(['release', '--json'], {}, { now: () => later });
    expect(ran.lines()).toEqual([{ rid: ended, bytes: expect.any(Number) }]);
    expect(existsSync(join(folder, 'packets', `${ended}.enrs`))).toBe(false);
    expect(existsSync(join(folder, 'packets', `${waiting}.enrs`))).toBe(true);
  });
});

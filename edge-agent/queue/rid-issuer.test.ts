import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_SEQUENCE, parseRid } from '@enroute/shared/rid/rid.ts';
import { describe, expect, it } from 'vitest';
import { issueRid } from './rid-issuer.ts';
import { openTestDatabase, temporaryFolder } from './station-database.fixture.ts';

const STATION = '1000110077';
const at = new Date('2026-03-01T10:00:00Z');

/** RIDs that a process printed before it was killed in the middle of its work. */
async function issuedBeforeKill(folder: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'issue-until-killed.ts'), folder, STATION], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const rids: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    rids.push(line);
    if (rids.length === count) child.kill('SIGKILL');
  }
  return rids;
}

describe('the RIDs of a station', () => {
  it('count up from 1, and name the station and the time', async () => {
    const { counters } = (await openTestDatabase()).current();
    const rids = [];
    for (let count = 0; count < 3; count += 1) rids.push(parseRid(await issueRid(counters, STATION, at)));
    expect(rids.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(rids[0]).toMatchObject({ station: STATION, at });
  });

  it('are different when they are asked for at the same moment, also the first ones', async () => {
    const { counters } = (await openTestDatabase()).current();
    const rids = await Promise.all(Array.from({ length: 20 }, () => issueRid(counters, STATION, at)));
    expect(new Set(rids).size).toBe(20);
  });

  it('begin again at 1 after the last number', async () => {
    const { counters } = (await openTestDatabase()).current();
    await counters.insert({ name: 'rid-sequence', value: MAX_SEQUENCE - 1 });
    const rids = [await issueRid(counters, STATION, at), await issueRid(counters, STATION, at)];
    expect(rids.map((rid) => parseRid(rid).sequence)).toEqual([MAX_SEQUENCE, 1]);
  });

  it('are not given out when the disk is full, and none is given out twice afterwards', async () => {
    const database = await openTestDatabase();
    const { counters } = database.current();
    const first = await issueRid(counters, STATION, at);
    database.disk.full = true;
    await expect(issueRid(counters, STATION, at)).rejects.toMatchObject({ code: 'ENR-STN-001' });
    database.disk.full = false;
    expect(await issueRid(counters, STATION, at)).not.toBe(first);
  });

  it('never repeat, however often the station is killed while it issues them', async () => {
    const folder = await temporaryFolder();
    const issued: string[] = [];
    for (const count of [1, 7, 3]) issued.push(...(await issuedBeforeKill(folder, count)));
    expect(issued.length).toBeGreaterThanOrEqual(11);
    expect(new Set(issued).size).toBe(issued.length);
  });
});

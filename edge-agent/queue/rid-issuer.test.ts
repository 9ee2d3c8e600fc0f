import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_SEQUENCE, parseRid } from '@enroute/shared/rid/rid.ts';
import { describe, expect, it } from 'vitest';
import { beginSequence, openRidIssuer } from './rid-issuer.ts';
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
    const issuer = openRidIssuer(counters, STATION);
    for (let count = 0; count < 20; count += 1) rids.push(parseRid(await issuer.issue(at)));
    expect(rids.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(rids[0]).toMatchObject({ station: STATION, at });
  });

  it('are different when they are asked for at the same moment, also the first ones', async () => {
    const { counters } = (await openTestDatabase()).current();
    const issuer = openRidIssuer(counters, STATION);
    const rids = await Promise.all(Array.from({ length: 20 }, () => issuer.issue(at)));
    expect(new Set(rids).size).toBe(20);
  });

  it('begin again at 1 after the last number', async () => {
    const { counters } = (await openTestDatabase()).current();
    await counters.insert({ name: 'rid-sequence', value: MAX_SEQUENCE - 1 });
    const issuer = openRidIssuer(counters, STATION);
    const rids = [await issuer.issue(at), await issuer.issue(at)];
    expect(rids.map((rid) => parseRid(rid).sequence)).toEqual([MAX_SEQUENCE, 1]);
  });

  it('are not given out when the disk is full, and none is given out twice afterwards', async () => {
    const database = await openTestDatabase();
    const { counters } = database.current();
    const issuer = openRidIssuer(counters, STATION);
    const given = new Set<string>();
    for (let count = 0; count < 16; count += 1) given.add(await issuer.issue(at));
    database.disk.full = true;
    await expect(issuer.issue(at)).rejects.toMatchObject({ code: 'ENR-STN-001' });
    database.disk.full = false;
    expect(given).not.toContain(await issuer.issue(at));
  });

  it('have no gap where the station was closed, also not at the end of the round', async () => {
    const { counters } = (await openTestDatabase()).current();
    for (const begin of [0, 5, MAX_SEQUENCE - 2]) {
      await counters.upsert({ name: 'rid-sequence', value: begin });
      const sequences = [];
      for (let time = 0; time < 3; time += 1) {
        const issuer = openRidIssuer(counters, STATION);
        sequences.push(parseRid(await issuer.issue(at)).sequence);
        await issuer.close();
        await issuer.close();
      }
      expect(sequences).toEqual([1, 2, 3].map((step) => ((begin + step - 1) % MAX_SEQUENCE) + 1));
    }
  });

  it('skip a few numbers after a crash, and are never given out again', async () => {
    const { counters } = (await openTestDatabase()).current();
    const before = parseRid(await openRidIssuer(counters, STATION).issue(at)).sequence;
    const later = parseRid(await openRidIssuer(counters, STATION).issue(at)).sequence;
    expect(later - before).toBeGreaterThan(0);
    expect(later - before).toBeLessThanOrEqual(16);
  });

  it('go on after the highest number that the core knows, if that is later, and give nothing back of what was passed', async () => {
    const { counters } = (await openTestDatabase()).current();
    const issuer = openRidIssuer(counters, STATION);
    await issuer.issue(at);
    await issuer.raise(500);
    expect(parseRid(await issuer.issue(at)).sequence).toBe(501);
    await issuer.raise(300);
    expect(parseRid(await issuer.issue(at)).sequence).toBe(502);
    await issuer.close();
    expect(parseRid(await openRidIssuer(counters, STATION).issue(at)).sequence).toBe(503);
  });

  it('are not sent round once more by what the core knows of the round before', async () => {
    const { counters } = (await openTestDatabase()).current();
    await counters.insert({ name: 'rid-sequence', value: 7 });
    const issuer = openRidIssuer(counters, STATION);
    await issuer.raise(MAX_SEQUENCE);
    expect(parseRid(await issuer.issue(at)).sequence).toBe(8);
  });

  it('of a station without memory begin by chance, and of one that counts go on', async () => {
    const { counters } = (await openTestDatabase()).current();
    await beginSequence(counters, 0.5);
    const issuer = openRidIssuer(counters, STATION);
    expect(parseRid(await issuer.issue(at)).sequence).toBe(25_000);
    await issuer.close();
    await beginSequence(counters, 0.9);
    expect(parseRid(await openRidIssuer(counters, STATION).issue(at)).sequence).toBe(25_001);
  });

  it('carry no time before that of the one before, unless the core says that it was far ahead', async () => {
    const { counters } = (await openTestDatabase()).current();
    let isCoreTime = false;
    const latest = new Date(at.getTime() + 3 * 86_400_000);
    const issuer = openRidIssuer(counters, STATION, { latest, isCoreTime: () => isCoreTime });
    expect(parseRid(await issuer.issue(at)).at).toEqual(latest);
    isCoreTime = true;
    expect(parseRid(await issuer.issue(at)).at).toEqual(at);
    expect(parseRid(await issuer.issue(new Date(at.getTime() - 1_000))).at).toEqual(at);
  });

  it('never repeat, however often the station is killed while it issues them', async () => {
    const folder = await temporaryFolder();
    const issued: string[] = [];
    for (const count of [1, 7, 3]) issued.push(...(await issuedBeforeKill(folder, count)));
    expect(issued.length).toBeGreaterThanOrEqual(11);
    expect(new Set(issued).size).toBe(issued.length);
  });
});

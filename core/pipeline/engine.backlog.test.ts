/** Long backlogs: who comes when, and what is kept in memory. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { engineParts, fill, LaneBook, ledgerStage, TestLanes, wave } from './engine.fixture.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { MemoryDatabase } from './memory-database.fixture.ts';
import { faulty, lineOf, OTHER_STATION, registrationOf, ridOf, STATION } from './pipeline.fixture.ts';
import type { EffectStage } from './stage.ts';

/** More of them show the same for longer: at night, or by hand. */
const BACKLOG = Number(process.env.ENROUTE_BACKLOG ?? 6_000);
const WINDOW = 200;

const running: Engine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
});

const noVault = { read: (): never => expect.fail('No stage reads a packet.') };

async function start(db: EngineOptions['registrations'], stage: EffectStage, change: Partial<EngineOptions> = {}) {
  const flow = lineOf([stage], {});
  const step = { ...flow.step(stage.name), batch: 1_000 };
  const flowOf = () => ({ ...flow, step: () => step });
  const base = { ...engineParts(), registrations: db, vault: noVault, keyFor: () => undefined, flowOf };
  const engine = await startEngine({ ...base, batchSize: 50, window: WINDOW, ...change });
  running.push(engine);
  return engine;
}

const finished = async (db: MemoryDatabase): Promise<number> =>
  (await db.range<StoredRegistration>({ start: '0', end: ':', limit: 1_000_000 })).filter(
    ({ state }) => state === 'COMPLETED',
  ).length;
const waitFor = (check: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(check, { timeout: 100_000, interval: 20 });

/** In which order they came to the stage, a batch at a time. */
function ordered() {
  const batches: string[][] = [];
  const stage = ledgerStage('work', async (works) => {
    batches.push(works.map(({ registration }) => registration._id));
    return works.map(() => ({ kind: 'next' }));
  });
  return { batches, stage };
}

describe('a long backlog', () => {
  test('an urgent one at its end is done within the first batches', async () => {
    const db = new MemoryDatabase('registrations');
    await fill(db, wave(2_000, 1, STATION));
    const urgent = wave(1, 20_000, STATION, { priority: 'urgent' });
    await fill(db, urgent);
    const { batches, stage } = ordered();
    await start(db, stage);
    await waitFor(() => expect(stage.ledger.has(urgent[0]?._id ?? '')).toBe(true));
    expect(batches.findIndex((batch) => batch.includes(urgent[0]?._id ?? ''))).toBeLessThan(4);
  });

  test('an urgent one that comes while it is worked on is done within the next batches', async () => {
    const db = new MemoryDatabase('registrations');
    await fill(db, wave(2_000, 1, STATION));
    const urgent = wave(1, 20_000, STATION, { priority: 'urgent' });
    const { batches, stage } = ordered();
    await start(db, stage);
    await waitFor(() => expect(batches.length).toBeGreaterThan(10));
    const before = batches.length;
    await fill(db, urgent);
    await waitFor(() => expect(stage.ledger.has(urgent[0]?._id ?? '')).toBe(true));
    const at = batches.findIndex((batch) => batch.includes(urgent[0]?._id ?? ''));
    expect(at - before).toBeLessThan(5);
  });

  test('of one center does not starve another that has sent a few after it', async () => {
    const db = new MemoryDatabase('registrations');
    await fill(db, wave(2_000, 1, STATION));
    await fill(db, wave(10, 20_000, OTHER_STATION));
    const { batches, stage } = ordered();
    await start(db, stage);
    const few = wave(10, 20_000, OTHER_STATION).map(({ _id }) => _id);
    await waitFor(() => expect(few.every((rid) => stage.ledger.has(rid))).toBe(true));
    const last = Math.max(...few.map((rid) => batches.findIndex((batch) => batch.includes(rid))));
    expect(last).toBeLessThan(6);
  });

  test('urgent ones without end do not starve the others', async () => {
    const db = new MemoryDatabase('registrations');
    await fill(db, wave(20, 1, STATION));
    await fill(db, wave(1_000, 100, OTHER_STATION, { priority: 'urgent' }));
    const { batches, stage } = ordered();
    await start(db, stage);
    const normal = wave(20, 1, STATION).map(({ _id }) => _id);
    await waitFor(() => expect(normal.every((rid) => stage.ledger.has(rid))).toBe(true));
    const last = Math.max(...normal.map((rid) => batches.findIndex((batch) => batch.includes(rid))));
    expect(last).toBeLessThan(8);
  });

  test('of a stage that comes to nothing leaves room for those of other stages, and none of it is given up', async () => {
    const db = new MemoryDatabase('registrations');
    await fill(db, wave(1_000, 1, STATION));
    await fill(db, wave(20, 20_000, STATION, { process: 'UPDATE' }));
    const away = ledgerStage('away', () => Promise.reject(new Error('away')));
    const { stage } = ordered();
    const flows = { away: lineOf([away]), work: lineOf([stage]) };
    const flowOf: EngineOptions['flowOf'] = ({ process }) => (process === 'UPDATE' ? flows.work : flows.away);
    await start(db, stage, { flowOf, random: () => 1 });
    await waitFor(() => expect(stage.ledger.size).toBe(20));
    const open = await db.range<StoredRegistration>({ start: '0', end: ':', limit: 2_000 });
    expect(open.filter(({ state }) => state === 'DEAD_LETTER')).toEqual([]);
    // Tried were a few batches, until it rested.
    expect(away.ledger.size).toBeLessThan(200);
  });

  test(`of ${BACKLOG} is done once each, in a window that keeps its limit, each read a bounded number of times`, async () => {
    const db = new MemoryDatabase('registrations');
    const all: Registration[] = Array.from({ length: BACKLOG }, (_, n) =>
      registrationOf(ridOf(1 + (n % 90_000), `${10_001 + (n % 40)}10001`)),
    );
    await fill(db, all);
    let read = 0;
    let most = 0;
    const counted = {
      ...faulty(db, {}),
      changes: async (query: Parameters<typeof db.changes>[0]) => {
        const answer = await db.changes(query);
        read += answer.changes.length;
        return answer;
      },
    };
    const observer = {
      moved: () => undefined,
      ran: () => undefined,
      held: ({ open }: { readonly open: number }) => {
        most = Math.max(most, open);
      },
    };
    const book = new LaneBook();
    const { stage } = ordered();
    const engine = await start(counted, stage, { observer, lanes: new TestLanes(book) });
    await waitFor(() => expect(stage.ledger.size).toBe(all.length));
    await waitFor(async () => expect([...book.since.values()][0]).toBe((await db.info()).updateSeq));
    await engine.stop();
    expect(await finished(db)).toBe(all.length);
    expect([...stage.ledger.values()].every((count) => count === 1)).toBe(true);
    expect(most).toBeLessThanOrEqual(1.25 * WINDOW);
    expect(read / all.length).toBeLessThan(4);
  }, 120_000);
});

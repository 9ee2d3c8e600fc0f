import { expect, it } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import { openTestDatabase } from '../queue/station-database.fixture.ts';
import { openCoreDoubt } from './core-doubt.ts';

it('A doubt about the core outlives a restart, is told since when it is there, and ends when it is settled', async () => {
  const database = await openTestDatabase();
  let now = NOW;
  const first = await openCoreDoubt(database.current().counters, () => now);
  await first.note(true);
  expect(first).toMatchObject({ since: undefined, findings: [] });
  await first.note(false);
  now = new Date(NOW.getTime() + 60_000);
  await first.note(false);
  const again = await openCoreDoubt((await database.reopen()).counters, () => now);
  expect(again.since).toEqual(NOW);
  expect(again.findings).toMatchObject([{ code: 'ENR-LNK-008', weight: 'warn', detail: `since ${NOW.toISOString()}` }]);
  await again.note(true);
  expect(again.findings).toEqual([]);
  expect((await openCoreDoubt((await database.reopen()).counters, () => now)).since).toBeUndefined();
});

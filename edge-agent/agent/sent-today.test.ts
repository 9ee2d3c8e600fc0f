import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openTestDatabase } from '../queue/station-database.fixture.ts';
import { openSentToday } from './sent-today.ts';

const log = pino({ level: 'silent' });

it('The day’s bytes outlive a restart, and begin anew with the station’s next day', async () => {
  const database = await openTestDatabase();
  let now = new Date(2026, 2, 1, 23, 59);
  const first = await openSentToday(database.current().counters, () => now, log);
  first.add(1_000);
  first.add(500);
  await first.stop();
  const again = await openSentToday((await database.reopen()).counters, () => now, log);
  expect(again.bytes()).toBe(1_500);
  now = new Date(2026, 2, 2, 0, 0);
  expect(again.bytes()).toBe(0);
  again.add(7);
  await again.stop();
  const { counters } = database.current();
  const kept = await counters.find({ selector: { name: { $regex: '^sent-' } } }).exec();
  expect(kept.map(({ name, value }) => [name, value])).toEqual([
    ['sent-2026-03-01', 1_500],
    ['sent-2026-03-02', 7],
  ]);
});

it('A clock that was ahead for a while does not begin the day’s budget anew', async () => {
  const database = await openTestDatabase();
  const { counters } = database.current();
  const day = new Date(2026, 2, 1, 12);
  let now = day;
  const first = await openSentToday(counters, () => now, log);
  first.add(49_000_000);
  await first.stop();
  for (const wrong of [new Date(2026, 2, 2), new Date(2031, 0, 1), new Date(2015, 0, 1)]) {
    now = wrong;
    const again = await openSentToday(counters, () => now, log);
    expect(again.bytes()).toBe(0);
    again.add(5);
    // The core's time is learnt.
    now = day;
    expect(again.bytes()).toBe(49_000_000);
    await again.stop();
  }
});

it('The last forty days are kept, and no more', async () => {
  const { counters } = (await openTestDatabase()).current();
  await counters.bulkInsert(
    Array.from({ length: 60 }, (_none, index) => ({
      name: `sent-2025-01-${String(index).padStart(2, '0')}`,
      value: 1,
    })),
  );
  const sent = await openSentToday(counters, () => new Date(2026, 2, 1), log);
  sent.add(1);
  await sent.stop();
  const kept = (await counters.find({ selector: { name: { $gte: 'sent-', $lt: 'sent-~' } } }).exec()).map(
    ({ name }) => name,
  );
  expect(kept).toHaveLength(40);
  expect(kept).toEqual(expect.arrayContaining(['sent-2026-03-01', 'sent-2025-01-59', 'sent-2025-01-21']));
});

it('They are written once a minute, however often something is sent', async () => {
  const database = await openTestDatabase();
  const { counters } = database.current();
  const written = vi.spyOn(counters, 'incrementalUpsert');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const sent = await openSentToday(counters, () => new Date(2026, 2, 1), log);
  for (let slice = 0; slice < 100; slice += 1) sent.add(10);
  expect(written).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  await sent.stop();
  expect(written.mock.calls).toEqual([[{ name: 'sent-2026-03-01', value: 1_000 }]]);
});

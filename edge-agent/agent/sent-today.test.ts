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
  expect(kept.map(({ name, value }) => [name, value])).toEqual([['sent-2026-03-02', 7]]);
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

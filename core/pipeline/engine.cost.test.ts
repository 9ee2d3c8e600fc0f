/** What a registration costs in requests to the store. */
import { expect, test, vi } from 'vitest';
import { engineParts, fill, ledgerStage, wave } from './engine.fixture.ts';
import { startEngine } from './engine.ts';
import { MemoryDatabase } from './memory-database.fixture.ts';
import { faulty, lineOf, STATION } from './pipeline.fixture.ts';
import { pure } from './run-batch.fixture.ts';

test('a flow like NEW takes less than three round trips for each registration, the vault included', async () => {
  const db = new MemoryDatabase('registrations');
  let trips = 0;
  const count = (): void => {
    trips += 1;
  };
  const asking = (name: string) =>
    ledgerStage(name, async (works) => {
      // A look, a write: what demo-dedupe, uin and finalise do for a whole batch.
      count();
      count();
      return works.map(() => ({ kind: 'next' }));
    });
  const last = asking('finalise');
  const flow = lineOf([asking('receive'), pure('packet'), pure('quality'), asking('demo-dedupe'), asking('uin'), last]);
  const vault = {
    read: async () => {
      count();
      return new Uint8Array();
    },
  };
  await fill(db, wave(500, 1, STATION));
  const base = { ...engineParts(), vault, keyFor: () => undefined, flowOf: () => ({ ...flow, step: stepOf }) };
  // It does not open, which is told when a stage asks for it; none does.
  const stepOf = (name: string) => ({ ...flow.step(name), batch: 50 });
  const engine = await startEngine({
    ...base,
    registrations: faulty(db, { before: count }),
    batchSize: 50,
    window: 1_000,
  });
  await vi.waitFor(() => expect(last.ledger.size).toBe(500), { timeout: 10_000 });
  await engine.stop();
  expect(trips / 500).toBeLessThan(2);
  expect(trips / 500).toBeGreaterThan(1);
});

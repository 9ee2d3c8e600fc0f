import type { Registration } from '@enroute/shared/registration/registration.ts';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openTestCore, put, registrationOf, ridOf } from '../pipeline.fixture.ts';
import { SMALL_FLOW, SMALL_STAGES } from './flow.fixture.ts';
import { flowsOf } from './flow-versions.ts';
import { loadFlow } from './load-flow.ts';
import { tellUnloaded } from './tell-unloaded.ts';

test('who stands still on a version that nobody has is counted aloud, by version, and nobody else', async () => {
  const core = await openTestCore();
  const { registrations } = core.databases;
  const on = (sequence: number, version: number, change: Partial<Registration>) =>
    put(
      registrations,
      registrationOf(ridOf(sequence), { flow: { name: 'NEW', version }, state: 'IN_FLOW', ...change }),
    );
  await on(1, 1, { stage: 'validate' });
  await on(2, 1, { stage: 'finalise', state: 'DEAD_LETTER' });
  await on(3, 1, { stage: 'finalise', state: 'COMPLETED' });
  await on(4, 4, { stage: 'judge' });
  const said = Promise.withResolvers<Record<string, unknown>>();
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    said.resolve(JSON.parse(line));
  };
  const flows = flowsOf([loadFlow(SMALL_FLOW, SMALL_STAGES)]);
  const stop = tellUnloaded({ registrations, flows, log: pino({ base: null }, { write }) });
  expect(await said.promise).toMatchObject({ level: 40, code: 'ENR-FLW-005', flow: 'NEW', version: 1, count: 2 });
  await stop();
  expect(lines).toHaveLength(1);
  await core.dispose();
});

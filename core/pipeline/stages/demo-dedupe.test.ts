import { describe, expect, test } from 'vitest';
import { enrolmentOf } from '../pipeline.fixture.ts';
import { demoDedupeStage } from './demo-dedupe.ts';
import { stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('demo-dedupe', () => {
  const stage = () => demoDedupeStage(bench.core.databases, bench.core.keys);

  test('lets the first of two registrations of a person pass, and rejects the second', async () => {
    const both = [await bench.arrival({}), await bench.arrival({})];
    expect(await bench.perform(stage(), both)).toEqual([{ kind: 'next' }, { kind: 'reject', code: 'ENR-DDP-001' }]);
    expect(await bench.perform(stage(), both)).toEqual([{ kind: 'next' }, { kind: 'reject', code: 'ENR-DDP-001' }]);
  });

  test('lets different people pass', async () => {
    const first = await bench.arrival({});
    bench.nextPerson();
    expect(await bench.perform(stage(), [first, await bench.arrival({})])).toEqual([
      { kind: 'next' },
      { kind: 'next' },
    ]);
  });

  test('does not let anyone pass who can not be compared', async () => {
    const { identity } = enrolmentOf(bench.person);
    const nameless = await bench.arrival({ change: { identity: { ...identity, fullName: 7 } } });
    expect(await bench.perform(stage(), [nameless, await bench.arrival({})])).toEqual([
      { kind: 'reject', code: 'ENR-VAL-002' },
      { kind: 'next' },
    ]);
  });
});

import type { Biometric } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import { DEFAULT_STATION_LIMITS } from '@enroute/shared/policy/station-limits.ts';
import { describe, expect, test } from 'vitest';
import { enrolmentOf, NOW, OTHER_STATION, STATION } from '../pipeline.fixture.ts';
import { cmdStage } from './cmd.ts';
import { operatorStage } from './operator.ts';
import { NEXT, stageBench } from './stages.fixture.ts';
import { supervisorStage } from './supervisor.ts';

const bench = stageBench();

const always = [{ from: '2020-01-01T00:00:00Z' }];
const untilNow = [{ from: '2020-01-01T00:00:00Z', until: NOW.toISOString() }];
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const refuse = (code: string) => ({ kind: 'reject', code });

function master(change: Partial<MasterData>): () => MasterData {
  return () => ({ approval: false, limits: DEFAULT_STATION_LIMITS, blocked: [], calibrated: [], ...change });
}

function captured(change: Partial<Biometric>): { change: { biometrics: Biometric[] } } {
  return { change: { biometrics: enrolmentOf(1).biometrics.map((capture) => ({ ...capture, ...change })) } };
}

const device = { make: 'SIMULATED', model: 'SIM-SLAP-4', serial: '77' };
const byDevice = (capturedAt = NOW.toISOString()) =>
  captured({
    capturedAt,
    attributes: { PAYLOAD: JSON.stringify({ digitalId: { make: device.make, model: device.model, serialNo: '77' } }) },
  });

describe('cmd', () => {
  const stage = (change?: Partial<MasterData>) =>
    cmdStage(DEFAULT_ENROLMENT_POLICY, change ? master(change) : () => undefined);

  test('asks by the master data of the station that captured, as of the capture', async () => {
    const closed = (until: string) =>
      cmdStage(DEFAULT_ENROLMENT_POLICY, (station) =>
        station === STATION ? master({ center: [{ from: '2020-01-01T00:00:00Z', until }] })() : undefined,
      );
    const [own, other] = [await bench.arrival({}), await bench.arrival({}, { station: OTHER_STATION })];
    const before = closed(NOW.toISOString());
    expect(await bench.decide(before, own)).toEqual({ kind: 'reject', code: 'ENR-CMD-001' });
    expect(await bench.decide(before, other)).toEqual({ kind: 'next' });
    const after = closed(new Date(NOW.getTime() + 1).toISOString());
    expect(await bench.decide(after, own)).toEqual({ kind: 'next' });
  });

  test('lets pass what the country says nothing of', async () => {
    expect(await bench.decide(stage(), await bench.arrival(byDevice()))).toEqual(NEXT);
    expect(await bench.decide(stage({}), await bench.arrival(byDevice()))).toEqual(NEXT);
  });

  test('rejects a station that was not admitted then', async () => {
    expect(await bench.decide(stage({ machine: untilNow }), await bench.arrival())).toEqual(refuse('ENR-CMD-002'));
  });

  test('rejects captures by a device that was blocked then, and not by one that is blocked later', async () => {
    const blocked = [{ ...device, from: minutesAgo(5) }];
    expect(await bench.decide(stage({ blocked }), await bench.arrival(byDevice()))).toEqual(refuse('ENR-CMD-005'));
    expect(await bench.decide(stage({ blocked }), await bench.arrival(byDevice(minutesAgo(6))))).toEqual(NEXT);
  });

  test('rejects captures by a device whose calibration had expired then', async () => {
    const calibrated = [{ ...device, until: minutesAgo(1) }];
    expect(await bench.decide(stage({ calibrated }), await bench.arrival(byDevice()))).toEqual(refuse('ENR-CMD-006'));
  });

  test('rejects captures that were not made in one sitting, and from a clock that is ahead', async () => {
    const long = captured({ capturedAt: minutesAgo(31) });
    expect(await bench.decide(stage(), await bench.arrival(long))).toEqual(refuse('ENR-VAL-012'));
    const ahead = captured({ capturedAt: minutesAgo(-3) });
    expect(await bench.decide(stage(), await bench.arrival(ahead))).toEqual(refuse('ENR-VAL-013'));
  });
});

describe('operator', () => {
  const stage = (change?: Partial<MasterData>) =>
    operatorStage(DEFAULT_ENROLMENT_POLICY, change ? master(change) : () => undefined);
  const people = (periods = always, roles: ('operator' | 'supervisor')[] = ['operator']) => ({
    people: [{ id: 'op1', roles, periods }],
  });

  test('was assigned to the center at the time of the capture', async () => {
    const registration = await bench.arrival();
    expect(await bench.decide(stage(), registration)).toEqual(NEXT);
    expect(await bench.decide(stage(people()), registration)).toEqual(NEXT);
    for (const others of [people(untilNow), people(always, ['supervisor']), { people: [] }]) {
      expect(await bench.decide(stage(others), registration)).toEqual(refuse('ENR-CMD-003'));
    }
  });
});

describe('supervisor', () => {
  const people = (periods = always) => master({ people: [{ id: 'sara', roles: ['supervisor'], periods }] });
  const approved = () => bench.arrival({}, { change: { supervisor: 'sara' } });

  test('was assigned to the center when they approved', async () => {
    expect(await bench.decide(supervisorStage(people()), await approved())).toEqual(NEXT);
    expect(await bench.decide(supervisorStage(people(untilNow)), await approved())).toEqual(refuse('ENR-CMD-004'));
    expect(await bench.decide(supervisorStage(master({ people: [] })), await approved())).toEqual(
      refuse('ENR-CMD-004'),
    );
  });

  test('is not asked for of what was let in without an approval', async () => {
    expect(await bench.decide(supervisorStage(people(untilNow)), await bench.arrival())).toEqual(NEXT);
    expect(
      await bench.decide(
        supervisorStage(() => undefined),
        await approved(),
      ),
    ).toEqual(NEXT);
  });
});

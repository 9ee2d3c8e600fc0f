import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_STATION_LIMITS, judgeLimits, type LimitFacts, type StationLimits } from './station-limits.ts';

const now = '2026-06-01T00:00:00.000Z';
const daysAgo = (days: number): string => new Date(Date.parse(now) - days * 86_400_000).toISOString();
const MIB = 1024 * 1024;

const calm: LimitFacts = {
  freeBytes: 100_000 * MIB,
  typicalPacketBytes: MIB,
  waiting: { packets: 0, oldest: null },
  awaitingApproval: { packets: 0, oldest: null },
  lastSyncAt: now,
  since: daysAgo(300),
  now,
};
const judge = (change: Partial<LimitFacts>, limits: Partial<StationLimits> = {}) =>
  judgeLimits({ ...calm, ...change }, { ...DEFAULT_STATION_LIMITS, ...limits });
const findings = (change: Partial<LimitFacts>) => judge(change).findings.map(({ code, weight }) => `${code} ${weight}`);

describe('the limits of a station', () => {
  it('let a calm station go on, and say for how long', () => {
    expect(judge({})).toEqual({ roomFor: 100, findings: [] });
    expect(judge({ awaitingApproval: null })).toEqual({ roomFor: 2_000, findings: [] });
  });

  it.each<[string, Partial<LimitFacts>, Partial<LimitFacts>, Partial<LimitFacts>]>([
    ['ENR-LIM-001', { freeBytes: 456 * MIB }, { freeBytes: 455 * MIB }, { freeBytes: 260 * MIB }],
    [
      'ENR-LIM-002',
      { waiting: { packets: 1_599, oldest: now } },
      { waiting: { packets: 1_600, oldest: now } },
      { waiting: { packets: 2_000, oldest: now } },
    ],
    [
      'ENR-LIM-003',
      { waiting: { packets: 1, oldest: daysAgo(14) } },
      { waiting: { packets: 1, oldest: daysAgo(14.1) } },
      { waiting: { packets: 1, oldest: daysAgo(60.1) } },
    ],
    [
      'ENR-LIM-004',
      { awaitingApproval: { packets: 79, oldest: now } },
      { awaitingApproval: { packets: 80, oldest: now } },
      { awaitingApproval: { packets: 100, oldest: now } },
    ],
    [
      'ENR-LIM-005',
      { awaitingApproval: { packets: 1, oldest: daysAgo(30) } },
      { awaitingApproval: { packets: 1, oldest: daysAgo(30.1) } },
      { awaitingApproval: { packets: 1, oldest: daysAgo(50.1) } },
    ],
    ['ENR-LIM-006', { lastSyncAt: daysAgo(14) }, { lastSyncAt: daysAgo(14.1) }, { lastSyncAt: daysAgo(100.1) }],
  ])('%s is silent, then warns, then refuses', (code, silent, warned, refused) => {
    expect(findings(silent)).toEqual([]);
    expect(findings(warned)).toEqual([`${code} warn`]);
    expect(findings(refused)).toEqual([`${code} refuse`]);
  });

  it('count from the beginning while the core has never answered', () => {
    expect(findings({ lastSyncAt: null, since: daysAgo(3) })).toEqual([]);
    expect(findings({ lastSyncAt: null })).toEqual(['ENR-LIM-006 refuse']);
  });

  it('do not mind a clock that was set back', () => {
    expect(findings({ lastSyncAt: daysAgo(-400), waiting: { packets: 1, oldest: daysAgo(-400) } })).toEqual([]);
  });

  it('that are switched off say nothing, and leave no bound', () => {
    const off = { warn: null, refuse: null };
    const limits = { diskRoomPackets: off, waitingPackets: off, approvalPackets: off };
    const full = { freeBytes: 0, waiting: { packets: 9_999, oldest: null } };
    expect(judge(full, limits)).toEqual({ roomFor: null, findings: [] });
  });

  it('tell refusals first', () => {
    expect(findings({ lastSyncAt: daysAgo(200), freeBytes: 300 * MIB })).toEqual([
      'ENR-LIM-006 refuse',
      'ENR-LIM-001 warn',
    ]);
  });

  it('forecast exactly how many more enrolments they take', () => {
    const small = fc.nat({ max: 30 });
    const bound = fc.option(fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(small, small, small, bound, bound, (disk, waiting, approval, most, least) => {
        const limits: StationLimits = {
          ...DEFAULT_STATION_LIMITS,
          diskReserveBytes: 0,
          diskRoomPackets: { warn: null, refuse: least },
          waitingPackets: { warn: null, refuse: most },
          approvalPackets: { warn: null, refuse: most },
        };
        const after = (enrolled: number) =>
          judgeLimits(
            {
              ...calm,
              typicalPacketBytes: 10,
              freeBytes: (disk - enrolled) * 10,
              waiting: { packets: waiting + enrolled, oldest: null },
              awaitingApproval: { packets: approval + enrolled, oldest: null },
            },
            limits,
          );
        const { roomFor } = after(0);
        let taken = 0;
        while (taken < 100 && after(taken).findings.length === 0) taken += 1;
        expect(roomFor).toBe(most === null && least === null ? null : taken);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { newSigningKeyPair, publicKeyOf } from '../crypto/keys.ts';
import { masterDataOf } from '../policy/master-data.ts';
import { DEFAULT_STATION_LIMITS } from '../policy/station-limits.ts';
import {
  type Master,
  type MasterDevicesBody,
  type MasterStationBody,
  masterId,
  masterSchema,
  signMaster,
  verifyMaster,
} from './master.ts';
import { at, core, station } from './schemas.fixture.ts';

const common = { v: 1, station, number: 3, at } as const;
const stationBody: MasterStationBody = {
  ...common,
  kind: 'station',
  center: [{ from: at }],
  machine: [{ from: at, until: '2027-01-01T00:00:00Z' }],
  people: [{ id: 'amina', roles: ['operator', 'supervisor'], periods: [{ from: at }] }],
  approval: true,
  limits: { waitingPackets: { warn: 50, refuse: 70 }, diskRoomPackets: { warn: 9, refuse: 5 } },
  retentionDays: 30,
};
const devicesBody: MasterDevicesBody = {
  ...common,
  kind: 'devices',
  blocked: [{ make: 'M', model: 'S', serial: '1', from: at }],
  calibrated: [{ make: 'M', model: 'S', serial: '2', until: at }],
};
const sent = (master: Master): unknown => JSON.parse(JSON.stringify(master));

describe('master data', () => {
  it('is believed as the core signed it, and as nothing else', () => {
    const card = publicKeyOf(core);
    for (const body of [stationBody, devicesBody]) {
      const master = signMaster(body, core);
      const received = masterSchema.parse(sent(master));
      expect(received).toEqual(master);
      expect(verifyMaster(received, card)).toBe(true);
      expect(verifyMaster({ ...received, number: 4 }, card)).toBe(false);
      expect(verifyMaster({ ...received, station: '1000110078' }, card)).toBe(false);
      expect(verifyMaster(received, publicKeyOf(newSigningKeyPair()))).toBe(false);
    }
    const grown = { ...signMaster(stationBody, core), approval: false } as Master;
    expect(verifyMaster(grown, card)).toBe(false);
    expect([stationBody, devicesBody].map(({ kind }) => masterId(kind))).toEqual(['master:station', 'master:devices']);
  });

  it.each<[string, object]>([
    ['a key that nobody knows', { surprise: 1 }],
    ['a period that ends before it begins', { center: [{ from: at, until: at }] }],
    ['a role twice', { people: [{ id: 'amina', roles: ['operator', 'operator'], periods: [] }] }],
    ['a role that there is not', { people: [{ id: 'amina', roles: ['guest'], periods: [] }] }],
    ['a limit that there is not', { limits: { sheep: { warn: 1, refuse: 2 } } }],
    ['a limit that refuses before it warns', { limits: { waitingDays: { warn: 61, refuse: 60 } } }],
    ['a limit that refuses without a warning', { limits: { syncDays: { warn: null, refuse: 100 } } }],
    [
      'room on the disk that is refused before it is warned of',
      { limits: { diskRoomPackets: { warn: 4, refuse: 5 } } },
    ],
    ['half a limit', { limits: { syncDays: { warn: 1 } } }],
    ['the number 0', { number: 0 }],
    ['the fields of the other kind', { kind: 'devices' }],
  ])('is refused with %s', (_, change) => {
    expect(masterSchema.safeParse({ ...signMaster(stationBody, core), ...change }).success).toBe(false);
  });

  it.each([
    { waitingDays: { warn: 60, refuse: 60 } },
    { waitingDays: { warn: 60, refuse: null } },
    { waitingDays: { warn: null, refuse: null } },
    { diskRoomPackets: { warn: 5, refuse: 5 } },
    { diskRoomPackets: { warn: 5, refuse: null } },
  ])('may set %j', (limits) => {
    expect(masterSchema.safeParse({ ...signMaster(stationBody, core), limits }).success).toBe(true);
  });

  it('is one view of both documents, whichever of them has come', () => {
    expect(masterDataOf(undefined, undefined)).toBeUndefined();
    expect(masterDataOf(stationBody, devicesBody)).toEqual({
      center: stationBody.center,
      machine: stationBody.machine,
      people: stationBody.people,
      approval: true,
      retentionDays: 30,
      limits: { ...DEFAULT_STATION_LIMITS, ...stationBody.limits },
      blocked: devicesBody.blocked,
      calibrated: devicesBody.calibrated,
    });
    expect(masterDataOf(undefined, devicesBody)).toEqual({
      approval: false,
      limits: DEFAULT_STATION_LIMITS,
      blocked: devicesBody.blocked,
      calibrated: devicesBody.calibrated,
    });
    expect(masterDataOf(stationBody, undefined)).toMatchObject({ approval: true, blocked: [], calibrated: [] });
  });
});

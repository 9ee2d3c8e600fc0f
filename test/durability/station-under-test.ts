import type { EnrolRequest, Saved } from '@enroute/edge-agent/desk/enrol.ts';
import { createPerson, type PersonSession } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { type OpenedStation, openStation } from '@enroute/edge-agent/open-station.ts';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import type { StationLimits, Threshold } from '@enroute/shared/policy/station-limits.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';

export const STATION = '1000110077';
const PASSPHRASE = 'passphrase of the station';
const OPERATOR = 'amina';
const PASSWORD = 'password of the operator';

export type Log = ReturnType<typeof openLog>;
export const SILENT: Log = openLog({ write: () => undefined }, 'silent');

const NO_LIMIT: Threshold = { warn: null, refuse: null };

/** The station takes whatever the disk takes. */
const NO_LIMITS: StationLimits = {
  diskReserveBytes: 0,
  diskRoomPackets: NO_LIMIT,
  waitingPackets: NO_LIMIT,
  waitingDays: NO_LIMIT,
  approvalPackets: NO_LIMIT,
  approvalDays: NO_LIMIT,
  syncDays: NO_LIMIT,
};

/** Puts a station's keys and people into a folder. @returns the core's key that its packets are sealed for. */
export async function makeStation(folder: string): Promise<KeyPair> {
  await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
  await createPerson(folder, OPERATOR, ['operator'], PASSWORD, QUICK_COST);
  const sealing = newSealingKeyPair();
  const signingKey = publicKeyOf(newSigningKeyPair());
  await trustCore(folder, { v: 1, epoch: 'first', signingKey, sealingKey: publicKeyOf(sealing) });
  return sealing;
}

export type SavedPacket = Pick<Saved, 'rid' | 'digest'>;

export interface StationUnderTest {
  readonly station: OpenedStation;
  readonly operator: PersonSession;
  /** Resolves when the screen would say "saved". */
  enrol(enrolment: Enrolment): Promise<Saved>;
  close(): Promise<void>;
}

/** @param now the station's clock, which stands still: what keeps two RIDs apart is the station's own counting. */
export async function openUnderTest(folder: string, now: Date, log: Log = SILENT): Promise<StationUnderTest> {
  const station = await openStation({ folder, passphrase: PASSPHRASE, now: () => now, log, limits: NO_LIMITS });
  const operator = await station.signIn(OPERATOR, PASSWORD).catch(async (error: unknown) => {
    await station.close();
    throw error;
  });
  const request = { process: 'NEW', operator, priority: 'normal' } satisfies Partial<EnrolRequest>;
  return {
    station,
    operator,
    enrol: (enrolment) => station.enrol({ ...request, enrolment }),
    close: () => station.close(),
  };
}

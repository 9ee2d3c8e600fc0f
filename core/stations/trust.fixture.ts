/** What the tests of trust share: a core's register over a real store, a clock to be set, and machines that want in. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { invitationKeyOf, invitingCore, parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import {
  type StationEnrolled,
  type StationEnrolment,
  type StationKeys,
  signEnrolment,
} from '@enroute/shared/schemas/station-enrolment.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { onTestFinished } from 'vitest';
import { type CoreDatabases, openCoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { openStore } from '../store/open-store.ts';
import { enrolStation } from './enrol-station.ts';
import { openStationAdministration, type StationAdministration } from './station-administration.ts';
import { openStationRegister, type StationRegister } from './station-register.ts';

export const STATION = '1000110077';
export const OTHER_STATION = '1000110078';
export const ADMINISTRATOR = 'noor';

export interface TestTrust {
  readonly databases: CoreDatabases;
  readonly register: StationRegister;
  readonly administration: StationAdministration;
  readonly keys: CoreKeys;
  /** What time it is: for a test to move. */
  readonly clock: { now: Date };
  /** A second gateway's view of the same store. */
  otherRegister(): StationRegister;
  enrol(enrolment: StationEnrolment, register?: StationRegister): Promise<StationEnrolled>;
}

export async function openTestTrust(): Promise<TestTrust> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-trust-'));
  const store = await openStore({ folder, onFatal: () => undefined });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const databases = await openCoreDatabases(store);
  const clock = { now: new Date('2026-03-01T10:00:00.000Z') };
  const now = (): Date => clock.now;
  const keys = newCoreKeys();
  const register = openStationRegister(databases.stations, now);
  const prepare = async ({ station }: StationCard): Promise<void> => {
    await databases.channel(station);
  };
  return {
    databases,
    register,
    administration: openStationAdministration({ register, keys, gateway: { url: 'https://gateway.example/' }, now }),
    keys,
    clock,
    otherRegister: () => openStationRegister(databases.stations, now),
    enrol: (enrolment, at = register) => enrolStation(enrolment, { register: at, keys, prepare, now }),
  };
}

export function newCoreKeys(): CoreKeys {
  const [storage, dedupe] = [randomBytes(32), randomBytes(32)];
  const [signing, sealing] = [newSigningKeyPair(), newSealingKeyPair()];
  return { epoch: 'first', generation: 0, signing, sealing, earlier: [], storage, dedupe };
}

/** A machine with keys of its own, and somebody who works at it. */
export interface TestMachine {
  readonly keys: StationKeys;
  readonly card: StationCard;
  /** What it sends with this token. */
  enrolment(token: string, card?: StationCard): StationEnrolment;
}

export function newMachine(station = STATION): TestMachine {
  const keys = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
  const own: StationCard = {
    v: 1,
    station,
    signingKey: publicKeyOf(keys.signing),
    sealingKey: publicKeyOf(keys.sealing),
    operators: [{ id: 'amina', signingKey: publicKeyOf(newSigningKeyPair()) }],
    supervisors: [],
  };
  return {
    keys,
    card: own,
    enrolment: (text, card = own) => {
      const token = parseInvitation(text);
      return signEnrolment(card, keys, invitationKeyOf(token), invitingCore(token));
    },
  };
}

/** Two gateways over one store, which keep nothing by themselves, and a packet that a station has announced. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { newSealingKeyPair } from '@enroute/shared/crypto/keys.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { expect, onTestFinished } from 'vitest';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../../databases.ts';
import { registrationOf } from '../../pipeline/pipeline.fixture.ts';
import { deleteCouchDatabases } from '../../store/couchdb/test-server.ts';
import { openStore } from '../../store/open-store.ts';
import type { Doc } from '../../store/store.ts';
import { openStoreVault } from '../../vault/store-vault.ts';
import { allOf } from '../../vault/vault.conformance.ts';
import type { Vault } from '../../vault/vault.ts';
import { captureLog, type LogLine, NOW, newStation, type TestGateway } from '../gateway.fixture.ts';
import { documentMedium } from './document-medium.ts';
import { IncomingStore } from './incoming-store.ts';
import { type Swept, sweepUnfinished } from './unfinished-uploads.ts';
import type { Scene } from './upload.fixture.ts';
import { uploadsApp } from './uploads-app.fixture.ts';

export interface TwoGateways {
  /** The same packet and station, at one gateway and at the other. */
  readonly a: Scene;
  readonly b: Scene;
  readonly databases: CoreDatabases;
  readonly vault: Vault;
  readonly logs: readonly LogLine[];
  /** How many documents there are of unfinished uploads. */
  documents(): Promise<number>;
  /** The packet is received, and there is one of it. */
  expectPacket(): Promise<void>;
  /** And nothing is left of the upload. */
  expectReceived(): Promise<void>;
  sweep(now: Date): Promise<Swept>;
}

export interface TwoGatewaysSettings {
  readonly bytes?: number;
  readonly progressMs?: number;
  readonly couchdbUrl?: string | undefined;
}

export async function twoGateways(settings: TwoGatewaysSettings = {}): Promise<TwoGateways> {
  const { bytes = 200_000, progressMs = 2_000, couchdbUrl } = settings;
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-gateways-'));
  const prefix = `test-${randomBytes(6).toString('hex')}-`;
  const logs: LogLine[] = [];
  const log = captureLog(logs);
  const store = await openStore({
    folder,
    onFatal: (error) => log.fatal({ err: error }, 'fatal'),
    ...(couchdbUrl ? { couchdbUrl, couchdb: { prefix, q: 2, n: 1 } } : {}),
  });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true });
    if (couchdbUrl) await deleteCouchDatabases(couchdbUrl, prefix);
  });
  const databases = await openCoreDatabases(store);
  const { registrations } = databases;
  const vault = openStoreVault(databases.vault);
  const medium = documentMedium(databases.incoming, () => new Date());
  const station = newStation({ keys: { sealing: newSealingKeyPair() } as TestGateway['keys'] });
  const packet = station.packet(1, bytes);
  const registration = registrationOf(packet.rid, { packet: packet.manifest.packet, state: 'ANNOUNCED' });
  await registrations.write([registration]);

  const open = async (): Promise<Scene> => {
    const incoming = new IncomingStore(
      documentMedium(databases.incoming, () => new Date()),
      progressMs,
    );
    const own = openStoreVault(databases.vault);
    const app = uploadsApp(station.number, { incoming, vault: own, registrations, now: () => NOW, log });
    const server = createServer(app);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const gateway = { url, incoming, databases, vault, logs } as unknown as TestGateway;
    return { gateway, station, packet, bytes: packet.sealed.bytes };
  };
  const documents = async (): Promise<number> => (await databases.incoming.info()).docCount;
  const expectPacket = async (): Promise<void> => {
    const kept = await registrations.get<StoredRegistration & Doc>(packet.rid);
    expect(kept).toMatchObject({ state: 'RECEIVED' });
    expect(Buffer.from(await vault.read(packet.sealed.digest)).equals(packet.sealed.bytes)).toBe(true);
    expect(await allOf(vault.digests())).toEqual([packet.sealed.digest]);
  };
  return {
    a: await open(),
    b: await open(),
    databases,
    vault,
    logs,
    documents,
    expectPacket,
    expectReceived: async () => {
      await expectPacket();
      expect(await documents()).toBe(0);
    },
    sweep: (now) =>
      sweepUnfinished({ incoming: new IncomingStore(medium, progressMs), registrations, now: () => now, log }),
  };
}

/** PouchDB, as it is, replicates a station's channel through the gateway. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import httpAdapter from 'pouchdb-adapter-http';
import PouchDB from 'pouchdb-core';
import replication from 'pouchdb-replication';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Doc } from '../../store/store.ts';
import {
  newStation,
  OTHER_STATION,
  openTestGateway,
  registered,
  registrationOf,
  STATION,
  type TestGateway,
  type TestStation,
  writeDown,
} from '../gateway.fixture.ts';
import { until } from '../uploads/upload.fixture.ts';

PouchDB.plugin(httpAdapter);
PouchDB.plugin(replication);

const CHANNEL = `channel-${STATION}`;

/** A database of the station's own, in a file. */
async function openLocal(): Promise<PouchDB.Database> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-foreign-'));
  const { db, close } = await openPouch(join(folder, 'local.sqlite'), {
    onFatal: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  });
  return db;
}

/** A station's channel as PouchDB is given it: by its address, and headers for each request. */
async function remoteOf(gateway: TestGateway, station: TestStation | undefined, number = STATION) {
  const headers = station ? { Authorization: await station.authorization() } : {};
  return new PouchDB(`${gateway.url}channel-${number}`, { headers });
}

async function open() {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  return { gateway, station, local: await openLocal(), remote: await remoteOf(gateway, station) };
}

const manifestsOf = (station: TestStation, ...sequences: number[]) =>
  sequences.map((sequence) => {
    const { rid, manifest } = station.packet(sequence, 10);
    return { ...manifest, _id: `manifest:${rid}` };
  });

/** The requests that carried documents, since the test began to count. */
function carried(gateway: TestGateway, from: number): string[] {
  return gateway.requests.slice(from).filter((request) => /_bulk_docs|_bulk_get/.test(request));
}

async function allOf(db: PouchDB.Database): Promise<{ ids: string[]; conflicts: unknown[] }> {
  const { results } = await db.changes<{ _conflicts?: string[] }>({ include_docs: true, conflicts: true });
  const docs = results.map(({ doc }) => doc);
  return { ids: docs.map((doc) => doc?._id ?? '').sort(), conflicts: docs.flatMap((doc) => doc?._conflicts ?? []) };
}

/** Writes a document over, as the core does with master data. */
async function writeOver(gateway: TestGateway, doc: Doc & { readonly number: number }): Promise<void> {
  const before = await (await gateway.databases.channel(STATION)).get(doc._id);
  await writeDown(gateway, STATION, { ...doc, _rev: before?._rev });
}

describe('PouchDB', () => {
  it('brings the documents of a station up and those of the core down, and meets no conflict', async () => {
    const { gateway, station, local, remote } = await open();
    const manifests = manifestsOf(station, ...Array.from({ length: 130 }, (_none, index) => index + 1));
    await local.bulkDocs(manifests);
    const tasks = Array.from({ length: 120 }, (_none, index) => ({ _id: `task:${1_000 + index}` }));
    await writeDown(gateway, STATION, ...tasks);
    for (const number of [1, 2, 3]) await writeOver(gateway, { _id: 'master:station', number });

    expect(await local.replicate.to(remote)).toMatchObject({ ok: true, docs_written: 130, doc_write_failures: 0 });
    expect(await local.replicate.from(remote)).toMatchObject({ ok: true, docs_written: 121, doc_write_failures: 0 });
    for (const { rid } of manifests) expect(await registrationOf(gateway, rid)).toMatchObject({ state: 'ANNOUNCED' });
    const ids = [...manifests, ...tasks, { _id: 'master:station' }].map(({ _id }) => _id).sort();
    expect(await allOf(local)).toEqual({ ids, conflicts: [] });
    expect(await local.get('master:station')).toMatchObject({ number: 3, _rev: expect.stringMatching(/^3-/) });

    await writeOver(gateway, { _id: 'master:station', number: 4 });
    await local.replicate.from(remote);
    await local.replicate.to(remote);
    expect(await local.get('master:station')).toMatchObject({ number: 4, _rev: expect.stringMatching(/^4-/) });
    expect(await allOf(local)).toEqual({ ids, conflicts: [] });
  }, 60_000);

  it('carries nothing twice, whichever way it replicates', async () => {
    const { gateway, station, local, remote } = await open();
    await local.bulkDocs(manifestsOf(station, 1, 2));
    await writeDown(gateway, STATION, { _id: 'task:a' });
    // What came down is offered up once, and found to be there.
    for (const _round of [1, 2]) {
      await local.replicate.from(remote);
      await local.replicate.to(remote);
    }
    const counted = gateway.requests.length;
    await local.replicate.from(remote);
    await local.replicate.to(remote);
    expect(gateway.requests.length).toBeGreaterThan(counted);
    expect(carried(gateway, counted)).toEqual([]);
    // Its checkpoints are nobody's documents.
    const channel = await gateway.databases.channel(STATION);
    const { changes } = await channel.changes({ since: undefined, limit: 100, waitMs: 0 });
    expect(changes.map(({ id }) => id.split(':')[0]).sort()).toEqual(['manifest', 'manifest', 'task']);
  });

  it('is told of a document that is there no more', async () => {
    const { gateway, local, remote } = await open();
    await writeDown(gateway, STATION, { _id: 'task:a' }, { _id: 'task:b' });
    await local.replicate.from(remote);
    const channel = await gateway.databases.channel(STATION);
    await channel.write([{ _id: 'task:a', _rev: (await channel.get('task:a'))?._rev, _deleted: true }]);
    expect(await local.replicate.from(remote)).toMatchObject({ ok: true, docs_written: 1 });
    await expect(local.get('task:a')).rejects.toMatchObject({ reason: 'deleted' });
    expect((await local.allDocs()).rows.map(({ id }) => id)).toEqual(['task:b']);
  });

  it('that has lost its checkpoints compares, and still carries nothing twice', async () => {
    const { gateway, station, local, remote } = await open();
    await local.bulkDocs(manifestsOf(station, 1, 2));
    await writeDown(gateway, STATION, { _id: 'task:a' });
    await local.replicate.from(remote);
    await local.replicate.to(remote);
    const kept = await gateway.databases.checkpoints.get<Doc>(CHANNEL);
    await gateway.databases.checkpoints.write([{ _id: CHANNEL, _rev: kept?._rev, _deleted: true }]);
    const counted = gateway.requests.length;
    await local.replicate.from(remote);
    await local.replicate.to(remote);
    expect(carried(gateway, counted)).toEqual([]);
  });

  it('is told of each document that is refused, which stops no other', async () => {
    const { gateway, station, local, remote } = await open();
    const [good, forged, late] = manifestsOf(station, 1, 2, 3);
    if (!good || !forged || !late) throw new Error('no manifests');
    const notes = [
      { _id: 'note:1', text: 'hello' },
      { _id: 'receipt:1:RECEIVED', kind: 'RECEIVED' },
    ];
    await local.bulkDocs([good, { ...forged, priority: 'urgent' }, ...notes, late]);
    const denied: unknown[] = [];
    const result = await local.replicate.to(remote).on('denied', (error) => denied.push(error));
    expect(result).toMatchObject({ ok: true, docs_written: 2, doc_write_failures: 3 });
    expect(denied).toMatchObject(
      [
        { id: forged._id, name: 'forbidden', reason: 'ENR-MAN-002' },
        { id: 'note:1', name: 'forbidden', reason: 'ENR-CHN-001' },
        { id: 'receipt:1:RECEIVED', name: 'forbidden', reason: 'ENR-CHN-001' },
      ].sort((one, other) => (one.id < other.id ? -1 : 1)),
    );
    for (const { rid } of [good, late]) expect(await registrationOf(gateway, rid)).toBeDefined();
    expect(await registrationOf(gateway, forged.rid)).toBeUndefined();
  });

  it('that stays connected hears of a document as soon as the core writes it', async () => {
    const { gateway, local, remote } = await open();
    const live = local.replicate.from(remote, { live: true });
    let isCaughtUp = false;
    live.on('paused', () => {
      isCaughtUp = true;
    });
    await until(() => isCaughtUp);
    await writeDown(gateway, STATION, { _id: 'task:a' });
    await until(async () => (await allOf(local)).ids.includes('task:a'));
    live.cancel();
    await live;
  });

  it.each([
    ['without a token', 401, 'ENR-AUT-001', async (gateway: TestGateway) => remoteOf(gateway, undefined)],
    [
      'with the token of somebody else',
      401,
      'ENR-AUT-002',
      async (gateway: TestGateway) => remoteOf(gateway, newStation(gateway)),
    ],
    [
      "at another station's channel",
      403,
      'ENR-AUT-006',
      async (gateway: TestGateway, station: TestStation) => {
        await registered(gateway, OTHER_STATION);
        return remoteOf(gateway, station, OTHER_STATION);
      },
    ],
    [
      'whose station is suspended',
      403,
      'ENR-AUT-005',
      async (gateway: TestGateway, station: TestStation) => {
        const { stations } = gateway.databases;
        await stations.write([{ ...(await stations.get(STATION)), state: 'suspended' } as Doc]);
        return remoteOf(gateway, station);
      },
    ],
  ])('%s is kept out, in both directions', async (_who, status, code, remoteFor) => {
    const { gateway, station, local } = await open();
    await local.bulkDocs(manifestsOf(station, 1));
    const remote = await remoteFor(gateway, station);
    for (const replicating of [local.replicate.to(remote), local.replicate.from(remote)]) {
      await expect(replicating).rejects.toMatchObject({ status, name: code });
    }
    expect(await registrationOf(gateway, station.packet(1).rid)).toBeUndefined();
  });
});

/** CouchDB's own replicator, as it is, replicates a station's channel through the gateway. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { couchFetch } from '../../store/couchdb/test-server.ts';
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

const couchdbUrl = process.env.COUCHDB_URL ?? '';
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
const TEST_MS = 60_000;

interface Replicated {
  readonly ok?: boolean;
  readonly error?: string;
  readonly reason?: string;
  readonly no_changes?: boolean;
  readonly history?: readonly { readonly docs_written: number; readonly doc_write_failures: number }[];
}

async function couch<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await (await couchFetch(couchdbUrl, path, init)).json()) as T;
}

/** A database of the station's own at the CouchDB, and both directions of its replication with a channel. */
async function open() {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const name = `enroute-foreign-${randomBytes(6).toString('hex')}`;
  await couch(name, 'PUT');
  onTestFinished(async () => void (await couch(name, 'DELETE')));
  const local = new URL(name, couchdbUrl).href;
  const remote = async (who: TestStation | undefined = station, number = STATION) => ({
    url: `${gateway.url}channel-${number}`,
    headers: who ? { Authorization: await who.authorization() } : {},
  });
  const replicate = (source: unknown, target: unknown): Promise<Replicated> =>
    couch('_replicate', 'POST', { source, target });
  return { gateway, station, name, local, remote, replicate };
}

const manifestsOf = (station: TestStation, count: number) =>
  Array.from({ length: count }, (_none, index) => {
    const { rid, manifest } = station.packet(index + 1, 10);
    return { ...manifest, _id: `manifest:${rid}` };
  });

interface AllDocs {
  readonly rows: readonly { readonly id: string; readonly doc: { readonly _conflicts?: readonly string[] } }[];
}

async function allOf(name: string): Promise<{ ids: string[]; conflicts: unknown[] }> {
  const { rows } = await couch<AllDocs>(`${name}/_all_docs?include_docs=true&conflicts=true`);
  return { ids: rows.map(({ id }) => id), conflicts: rows.flatMap(({ doc }) => doc._conflicts ?? []) };
}

function carried(gateway: TestGateway, from: number): string[] {
  return gateway.requests.slice(from).filter((request) => /_bulk_docs|_bulk_get/.test(request));
}

async function writeOver(gateway: TestGateway, doc: Doc & { readonly number: number }): Promise<void> {
  const before = await (await gateway.databases.channel(STATION)).get(doc._id);
  await writeDown(gateway, STATION, { ...doc, _rev: before?._rev });
}

describe.skipIf(!couchdbUrl)(`CouchDB's replicator${reason}`, () => {
  it(
    'brings the documents of a station up and those of the core down, and meets no conflict',
    async () => {
      const { gateway, station, name, local, remote, replicate } = await open();
      const manifests = manifestsOf(station, 250);
      await couch(`${name}/_bulk_docs`, 'POST', { docs: manifests });
      const tasks = Array.from({ length: 230 }, (_none, index) => ({ _id: `task:${1_000 + index}` }));
      await writeDown(gateway, STATION, ...tasks);
      for (const number of [1, 2, 3]) await writeOver(gateway, { _id: 'master:station', number });

      // One token for all: to the replicator the headers are part of what it replicates with, and so of its checkpoints' names.
      const channel = await remote();
      const up = await replicate(local, channel);
      expect(up).toMatchObject({ ok: true, history: [{ docs_written: 250, doc_write_failures: 0 }] });
      const down = await replicate(channel, local);
      expect(down).toMatchObject({ ok: true, history: [{ docs_written: 231, doc_write_failures: 0 }] });
      const ids = [...manifests, ...tasks, { _id: 'master:station' }].map(({ _id }) => _id).sort();
      expect(await allOf(name)).toEqual({ ids, conflicts: [] });
      const announced = await gateway.databases.registrations.getMany(manifests.map(({ rid }) => rid));
      expect(announced).toHaveLength(250);

      await writeOver(gateway, { _id: 'master:station', number: 4 });
      await replicate(channel, local);
      expect(await couch(`${name}/master:station`)).toMatchObject({ number: 4, _rev: expect.stringMatching(/^4-/) });
      expect(await allOf(name)).toEqual({ ids, conflicts: [] });

      // What came down is offered up once, and found to be there; then nothing is left to be said.
      await replicate(local, channel);
      const counted = gateway.requests.length;
      expect(await replicate(channel, local)).toMatchObject({ ok: true });
      expect(await replicate(local, channel)).toMatchObject({ ok: true });
      expect(carried(gateway, counted)).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'counts what was refused, and brings everything else',
    async () => {
      const { gateway, station, name, local, remote, replicate } = await open();
      const [forged, ...good] = manifestsOf(station, 3);
      const docs = [{ ...forged, priority: 'urgent' }, { _id: 'note:1' }, ...good];
      await couch(`${name}/_bulk_docs`, 'POST', { docs });
      const up = await replicate(local, await remote());
      expect(up).toMatchObject({ ok: true, history: [{ docs_written: 2, doc_write_failures: 2 }] });
      for (const { rid } of good) expect(await registrationOf(gateway, rid)).toBeDefined();
      expect(await registrationOf(gateway, forged?.rid ?? '')).toBeUndefined();
    },
    TEST_MS,
  );

  it(
    'is kept out without a token, with a wrong one, from the channel of another, and when its station is suspended',
    async () => {
      const { gateway, station, name, local, remote, replicate } = await open();
      await registered(gateway, OTHER_STATION);
      await couch(`${name}/_bulk_docs`, 'POST', { docs: manifestsOf(station, 1) });
      const bare = { ...(await remote()), headers: {} };
      const keptOut: [unknown, string][] = [
        [bare, 'unauthorized'],
        [await remote(newStation(gateway)), 'unauthorized'],
        [await remote(station, OTHER_STATION), 'forbidden'],
      ];
      for (const [channel, error] of keptOut) {
        expect(await replicate(local, channel)).toMatchObject({ error });
        expect(await replicate(channel, local)).toMatchObject({ error });
      }
      const { stations } = gateway.databases;
      await stations.write([{ ...(await stations.get(STATION)), state: 'suspended' } as Doc]);
      expect(await replicate(local, await remote())).toMatchObject({ error: 'forbidden' });
      expect(await allOf(name)).toMatchObject({ ids: { length: 1 } });
      expect(await registrationOf(gateway, station.packet(1).rid)).toBeUndefined();
    },
    TEST_MS,
  );
});

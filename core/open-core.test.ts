import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeysOfStore } from './keys.ts';
import { type OpenCoreOptions, type OpenedCore, openCore } from './open-core.ts';
import { silent } from './pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from './quick-keys.fixture.ts';
import { openStore } from './store/open-store.ts';
import type { Doc } from './store/store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-open-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** With keys that open quickly, unless it is about whether there are any. */
async function make(): Promise<OpenedCore> {
  await makeQuickKeys(folder, 'p');
  return open('create');
}

const open = (whenNew: 'create' | 'refuse', passphrase = 'p'): Promise<OpenedCore> =>
  openCore(options(passphrase), whenNew);

const options = (passphrase = 'p'): OpenCoreOptions => {
  return { folder, passphrase, couchdbUrl: undefined, couchdbPrefix: '', now: () => new Date(), log: silent };
};

const stationCard: StationCard = {
  v: 1,
  station: '1000110001',
  signingKey: publicKeyOf(newSigningKeyPair()),
  sealingKey: publicKeyOf(newSealingKeyPair()),
  operators: [],
  supervisors: [],
};

describe('opening a core', () => {
  it('makes none where only an existing one is asked for', async () => {
    await expect(open('refuse')).rejects.toMatchObject({ code: 'ENR-OPS-002' });
    const made = await open('create');
    await made.close();
    const again = await open('refuse');
    expect(again.card).toEqual(made.card);
    await again.close();
  });

  it('never goes on over data with other keys, whether they were lost or exchanged', async () => {
    const made = await make();
    await made.close();
    const keys = join(folder, 'core-keys.json');
    await rename(keys, `${keys}.kept`);
    await expect(open('create')).rejects.toMatchObject({ code: 'ENR-OPS-003' });

    const other = await mkdtemp(join(quickTmpdir(), 'enroute-open-'));
    await makeQuickKeys(other, 'p');
    const stranger = await openCore(
      { folder: other, passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '', now: () => new Date(), log: silent },
      'create',
    );
    await stranger.close();
    await rename(join(other, 'core-keys.json'), keys);
    await expect(open('create')).rejects.toMatchObject({ code: 'ENR-OPS-003' });
    await rm(other, { recursive: true });

    await rename(`${keys}.kept`, keys);
    const back = await open('create');
    expect(back.card).toEqual(made.card);
    await back.close();
  });

  it('tells stations the master data that is set, and those that are registered later too', async () => {
    const core = await make();
    const there = async (): Promise<unknown> =>
      (await core.databases.channel(stationCard.station)).get('master:station');
    await core.register(stationCard);
    expect(await there()).toBeUndefined();
    await core.setMaster({ approval: true });
    expect(await there()).toMatchObject({ number: 1, approval: true });
    const other = { ...stationCard, station: '1000210001' };
    await core.register(other);
    expect(await (await core.databases.channel(other.station)).get('master:devices')).toMatchObject({ number: 1 });
    await core.close();
  });

  it('is of a new epoch after it was restored, and its master data is above what stations may have seen', async () => {
    const core = await make();
    await core.register(stationCard);
    await core.setMaster({ approval: true });
    const channel = await core.databases.channel(stationCard.station);
    const before = await channel.get('master:station');
    await core.newEpoch();
    const sent = await channel.get<Doc & { number: number }>('master:station');
    expect(sent).toMatchObject({ approval: true });
    expect(sent?._rev).not.toBe(before?._rev);
    // Whatever was set between the backup and the restore had counted by one.
    expect(sent?.number).toBeGreaterThan(1_000_000);
    const set = await core.setMaster({ approval: false });
    expect(set.number).toBe((sent?.number ?? 0) + 1);
    await core.close();
    const again = await open('refuse');
    expect(again.card).toEqual({ ...core.card, epoch: expect.not.stringContaining(core.card.epoch) });
    await again.close();
  });

  it('is of no new epoch while the clock is behind what the store tells of', async () => {
    const core = await make();
    await core.register(stationCard);
    await core.stations.noteSeen(stationCard.station);
    await core.close();
    const now = (): Date => new Date(Date.now() - 60_000);
    const behind = await openCore({ ...options(), now }, 'refuse');
    await expect(behind.newEpoch()).rejects.toMatchObject({ code: 'ENR-OPS-007' });
    await behind.close();
    const again = await open('refuse');
    expect(again.card).toEqual(core.card);
    await again.newEpoch();
    await again.close();
  });

  it('lets go of the store when the passphrase is wrong', async () => {
    const made = await make();
    await made.close();
    await expect(open('create', 'wrong')).rejects.toMatchObject({ code: 'ENR-STN-005' });
    const back = await open('create');
    await back.close();
    expect(back.card).toEqual(made.card);
  });

  it('lets go of the store when one of its databases can not be opened', async () => {
    const inItsPlace = join(folder, 'store', 'uins.sqlite');
    await mkdir(inItsPlace, { recursive: true });
    await makeQuickKeys(folder, 'p');
    await expect(open('create')).rejects.toThrow('uins');
    await rm(inItsPlace, { recursive: true });
    const made = await make();
    await made.close();
  });

  it('lets one of two machines begin that start over the same new store with keys of their own', async () => {
    const store = await openStore({ folder: join(folder, 'store'), onFatal: () => undefined });
    const leases = await store.database('leases');
    const begun = await Promise.allSettled(
      ['one', 'other'].map((machine) => openKeysOfStore(join(folder, `${machine}.json`), 'p', leases)),
    );
    await store.close();
    expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(begun.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ENR-OPS-003' } });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import { openStationRegister } from './station-register.ts';
import { type WatchOptions, watchRegister } from './watched-register.ts';

const STATION = '1000110077';

function newCard(): StationCard {
  const signingKey = publicKeyOf(newSigningKeyPair());
  const sealingKey = publicKeyOf(newSealingKeyPair());
  return { v: 1, station: STATION, signingKey, sealingKey, operators: [], supervisors: [] };
}

type Feed = WatchOptions['stations'];

/** A register that another gateway writes, and ours that watches it; how often ours was read from the store. */
async function open(
  feed: (stations: Database) => Feed = (stations) => stations,
  more: Pick<WatchOptions, 'keptMs' | 'random'> = {},
) {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-register-'));
  const onFatal = (error: Error): never => {
    throw error;
  };
  const store = await openStore({ folder, onFatal });
  const stations = await store.database('stations');
  const theirs = openStationRegister(stations, () => new Date());
  await theirs.register(newCard());
  let reads = 0;
  const ours = openStationRegister(stations, () => new Date());
  const counting = {
    ...ours,
    get: (station: string) => {
      reads += 1;
      return ours.get(station);
    },
  };
  const log = pino({ level: 'silent' });
  const watched = await watchRegister({ register: counting, stations: feed(stations), log, ...more });
  onTestFinished(async () => {
    await watched.stop();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { stations, theirs, watched, reads: () => reads };
}

describe('the register as a gateway asks it', () => {
  it('is read once for all who ask about a station', async () => {
    const { watched, reads } = await open();
    await Promise.all(Array.from({ length: 50 }, () => watched.get(STATION)));
    expect((await watched.card(STATION)).station).toBe(STATION);
    expect(reads()).toBe(1);
  });

  it('says what another gateway has changed, as soon as the feed tells it', async () => {
    const { stations, watched } = await open();
    expect((await watched.get(STATION)).state).toBe('active');
    await stations.write([{ ...(await stations.get(STATION)), state: 'suspended' } as Doc]);
    await expect.poll(async () => (await watched.get(STATION)).state, { interval: 5 }).toBe('suspended');
  });

  it('says at once what was changed through it', async () => {
    const { watched } = await open();
    await watched.get(STATION);
    const card = newCard();
    await watched.register(card);
    expect((await watched.card(STATION)).signingKey).toEqual(card.signingKey);
  });

  it('keeps nothing of a station that is not known', async () => {
    const { theirs, watched } = await open();
    await expect(watched.get('1000110078')).rejects.toMatchObject({ code: 'ENR-AUT-004' });
    await theirs.register({ ...newCard(), station: '1000110078' });
    expect((await watched.get('1000110078')).state).toBe('active');
  });

  it('looks again after a while, though the feed told nothing: it may have read what was old already', async () => {
    const silent = async (_query: unknown): Promise<never> => new Promise(() => undefined);
    const stopping = async (query: Parameters<Database['changes']>[0]): Promise<never> => {
      query.signal?.addEventListener('abort', () => ended.reject(new Error('stopped')));
      return Promise.race([silent(query), ended.promise]);
    };
    const ended = Promise.withResolvers<never>();
    const feed = (db: Database): Feed => ({ info: () => db.info(), changes: stopping });
    const { stations, watched, reads } = await open(feed, { keptMs: 60, random: () => 1 });
    await Promise.all([watched.get(STATION), watched.get(STATION)]);
    expect(reads()).toBe(1);
    await stations.write([{ ...(await stations.get(STATION)), state: 'suspended' } as Doc]);
    await expect.poll(async () => (await watched.get(STATION)).state, { interval: 5 }).toBe('suspended');
  });

  it('asks the register itself while the feed can not be followed', async () => {
    const changes = async (): Promise<never> => {
      throw new StoreError('the link is gone', { transient: true });
    };
    const { stations, watched, reads } = await open((db) => ({ info: () => db.info(), changes }));
    await watched.get(STATION);
    await stations.write([{ ...(await stations.get(STATION)), state: 'suspended' } as Doc]);
    expect((await watched.get(STATION)).state).toBe('suspended');
    expect(reads()).toBe(2);
  });
});

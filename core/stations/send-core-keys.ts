/**
 * Tells every station of the core's new keys after a rotation: the signed steps from each key that a station may still
 * trust to the present one, down its channel. A station that has missed some of them follows all.
 *
 * On a store that several processes use, one of them may still have the keys of before, and enrol a station with those
 * after all others were told. So there every start looks again, and a process that is behind takes nothing back.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  CORE_KEYS_ID,
  type CoreKeysDocument,
  leadFurther,
  MAX_SUCCESSIONS,
} from '@enroute/shared/schemas/key-rotation.ts';
import { z } from 'zod';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import type { StationRegister } from './station-register.ts';

/** Notes which key every station was told of, so that a core that has the store to itself looks once only. */
const TOLD_ID = 'core-keys-told';
const MAX_TRIES = 10;
/** Channels that are looked into at once. */
const AT_ONCE = 16;

interface ToldDoc extends Doc {
  readonly signing: string;
}

export interface TellOptions {
  readonly keys: Pick<CoreKeys, 'signing' | 'earlier'>;
  readonly register: Pick<StationRegister, 'list'>;
  readonly databases: Pick<CoreDatabases, 'channel' | 'leases'>;
  /** Whether other processes use the same store. */
  readonly isShared: boolean;
}

/** Repeating it after a crash goes on where that one was. */
export async function tellCoreKeys({ keys, register, databases, isShared }: TellOptions): Promise<void> {
  if (keys.earlier.length === 0) return;
  const told = await databases.leases.get<ToldDoc>(TOLD_ID);
  if (!isShared && told?.signing === keys.signing.keyId) return;
  const stations = await register.list();
  for (let from = 0; from < stations.length; from += AT_ONCE) {
    const some = stations.slice(from, from + AT_ONCE);
    await Promise.all(some.map(({ station }) => sendCoreKeys(station, keys, databases)));
  }
  if (isShared) return;
  await databases.leases.write([
    { _id: TOLD_ID, ...(told ? { _rev: told._rev } : {}), signing: keys.signing.keyId } as Doc,
  ]);
}

/** Tells one station: it may have been given the core's card from before a rotation. */
export async function sendCoreKeys(
  station: string,
  keys: Pick<CoreKeys, 'earlier'>,
  databases: Pick<CoreDatabases, 'channel'>,
): Promise<void> {
  if (keys.earlier.length === 0) return;
  await put(await databases.channel(station), coreKeysFor(station, keys));
}

function coreKeysFor(station: string, { earlier }: Pick<CoreKeys, 'earlier'>): CoreKeysDocument {
  const newest = earlier.slice(0, MAX_SUCCESSIONS);
  return { v: 1, station, successions: newest.map(({ succession }) => succession).reverse() };
}

async function put(channel: Database, document: CoreKeysDocument): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const there = await channel.get<Doc>(CORE_KEYS_ID);
    const { _id, _rev, ...body } = there ?? {};
    if (isDeepStrictEqual(body, document) || isBehind(document, body)) return;
    const [result] = await channel.write([{ ...document, _id: CORE_KEYS_ID, ...(_rev ? { _rev } : {}) }]);
    if (result?.ok) return;
  }
  throw new StoreError(`${channel.name}: ${CORE_KEYS_ID} is being written by others`, { transient: true });
}

const stepsSchema = z.object({ successions: z.array(z.object({ from: z.string() })) });

/** Then this process has not heard of a rotation. */
function isBehind({ successions }: CoreKeysDocument, there: object): boolean {
  return leadFurther(stepsSchema.safeParse(there).data?.successions ?? [], successions);
}

/**
 * Tells every station of the core's new keys after a rotation: the signed steps from each key that the core has had to
 * its present one, down its channel. A station that has missed some of them follows all.
 */
import { isDeepStrictEqual } from 'node:util';
import { CORE_KEYS_ID, type CoreKeysDocument } from '@enroute/shared/schemas/key-rotation.ts';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';
import type { StationRegister } from './station-register.ts';

/** Notes which key every station was told of, so that it is not looked at each start. */
const TOLD_ID = 'core-keys-told';
const MAX_TRIES = 10;

interface ToldDoc extends Doc {
  readonly signing: string;
}

/** Does nothing when all were told of the present keys already; repeating it after a crash goes on where that one was. */
export async function tellCoreKeys(
  keys: Pick<CoreKeys, 'signing' | 'earlier'>,
  register: Pick<StationRegister, 'list'>,
  databases: Pick<CoreDatabases, 'channel' | 'leases'>,
): Promise<void> {
  if (keys.earlier.length === 0) return;
  const told = await databases.leases.get<ToldDoc>(TOLD_ID);
  if (told?.signing === keys.signing.keyId) return;
  for (const { station } of await register.list()) {
    await sendCoreKeys(station, keys, databases);
  }
  // Of two that tell at once, either note is as good.
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
  return { v: 1, station, successions: earlier.map(({ succession }) => succession).reverse() };
}

async function put(channel: Database, document: CoreKeysDocument): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const there = await channel.get<Doc>(CORE_KEYS_ID);
    const { _id, _rev, ...body } = there ?? {};
    if (isDeepStrictEqual(body, document)) return;
    const [result] = await channel.write([{ ...document, _id: CORE_KEYS_ID, ...(_rev ? { _rev } : {}) }]);
    if (result?.ok) return;
  }
  throw new StoreError(`${channel.name}: ${CORE_KEYS_ID} is being written by others`, { transient: true });
}

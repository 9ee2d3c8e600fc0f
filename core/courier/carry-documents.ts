/**
 * Writes what the core has for one station into a courier bundle: receipts, results, tasks and master data, as they lie in
 * the station's channel. Each is signed already; the bundle only carries them. The core's new keys lie in front, for a
 * station that has not heard of them: it believes the bundle by a key of before, and all behind them by the new one.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { CORE_KEYS_ID } from '@enroute/shared/schemas/key-rotation.ts';
import { isDownId } from '@enroute/sync/channel/documents.ts';
import { finishBundle } from '@enroute/sync/courier/finish-bundle.ts';
import type { WriteStep } from '@enroute/sync/courier/steps.ts';
import { openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import { z } from 'zod';
import type { CoreDatabases } from '../databases.ts';
import type { CoreKeys } from '../keys.ts';
import { pages } from '../store/pages.ts';
import type { Doc } from '../store/store.ts';

export interface CarryOptions {
  readonly card: StationCard;
  readonly folder: string;
  /** Only what was said then or later; the core's keys and master data, three documents in all, always. */
  readonly since: Date | undefined;
  readonly maxFileBytes: number;
  readonly maxBytes: number | undefined;
  readonly keys: CoreKeys;
  readonly databases: CoreDatabases;
  readonly now: () => Date;
}

/** From the first of these ids to the last; the station's own lie between and are left out, as is any other. */
const EVERY_DOWN_ID = { start: CORE_KEYS_ID, end: 'task;' } as const;

const datedSchema = z.object({ at: z.iso.datetime() });

export async function* carryDocuments(options: CarryOptions): AsyncGenerator<WriteStep> {
  const { card, keys, folder, since, maxFileBytes, maxBytes, databases, now } = options;
  const writer = await openBundleWriter({
    folder,
    direction: 'down',
    station: card.station,
    sender: keys.signing,
    earlierSenders: keys.earlier.map(({ signing }) => signing),
    reader: card.sealingKey,
    maxFileBytes,
    maxBytes,
    now,
  });
  let noRoom = 0;
  try {
    for await (const page of pages<Doc>(await databases.channel(card.station), EVERY_DOWN_ID)) {
      for (const { _id, _rev, ...body } of page) {
        if (!isDownId(_id) || !isWanted(_id, body, since)) continue;
        const isIn = await writer.add('document', { id: _id, body });
        if (isIn) yield { step: 'entry', id: _id, bytes: Buffer.byteLength(JSON.stringify(body)) };
        else noRoom += 1;
      }
    }
    yield* finishBundle(writer, noRoom);
  } finally {
    await writer.abandon();
  }
}

function isWanted(id: string, body: unknown, since: Date | undefined): boolean {
  if (since === undefined || id === CORE_KEYS_ID || id.startsWith('master:')) return true;
  const at = datedSchema.safeParse(body).data?.at;
  return at === undefined || Date.parse(at) >= since.getTime();
}

/**
 * Takes what the core has sent on a stick: each document goes where the channel would have put it, so that the inbox applies
 * it as if it had come by the link. The channel brings the same documents later and changes nothing by it; what it has
 * brought already, or anything newer, stays.
 */
import { isDeepStrictEqual } from 'node:util';
import { coreKeysSchema, leadFurther } from '@enroute/shared/schemas/key-rotation.ts';
import { verifyMaster } from '@enroute/shared/schemas/master.ts';
import { verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openResult } from '@enroute/shared/schemas/result.ts';
import { verifyTask } from '@enroute/shared/schemas/task.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import { type DownDocument, isDownId, MAX_CHANNEL_DOC_BYTES, parseDown } from '@enroute/sync/channel/documents.ts';
import type { TakeStep } from '@enroute/sync/courier/steps.ts';
import { type BundleTaker, type CarriedEntry, type Taken, takeBundles } from '@enroute/sync/courier/take-bundles.ts';
import { z } from 'zod';
import type { CoreKeysWatch } from '../agent/core-keys.ts';
import { openingKey, openingKeysOf, type StationIdentity } from '../keys/station-identity.ts';
import { signerOf, signingKeysOf, type TrustedCore } from '../keys/trusted-core.ts';

export interface DocumentTarget {
  readonly incoming: ChannelCollection;
  readonly identity: StationIdentity;
  readonly core: TrustedCore;
  /** The core's new keys: what lies behind them in the bundle is signed with those. */
  readonly followKeys: CoreKeysWatch['follow'];
}

const entrySchema = z.strictObject({
  id: z.string().min(1).max(200),
  body: z.record(z.string(), z.unknown()),
});
type Carried = z.infer<typeof entrySchema>;

export function importBundles(paths: readonly string[], target: DocumentTarget): AsyncGenerator<TakeStep> {
  const { identity, core } = target;
  const taker: BundleTaker = {
    readers: openingKeysOf(identity),
    direction: 'down',
    sendersOf: async (station) => {
      if (station !== identity.station) throw new EnrouteError('ENR-CRR-005', 'another station');
      return signingKeysOf(core);
    },
    nameOf: ({ json }) => entrySchema.safeParse(json).data?.id,
    take: (entry) => takeDocument(readEntry(entry), target),
  };
  return takeBundles(paths, taker);
}

function readEntry({ kind, json }: CarriedEntry): Carried {
  const entry = entrySchema.safeParse(json);
  const isDown = kind === 'document' && entry.success && isDownId(entry.data.id);
  if (!isDown || Buffer.byteLength(JSON.stringify(json)) > MAX_CHANNEL_DOC_BYTES + 256) {
    throw new EnrouteError('ENR-CHN-002', kind);
  }
  return entry.data;
}

async function takeDocument({ id, body }: Carried, target: DocumentTarget): Promise<Taken> {
  const document = readable(id, body);
  if (document && !isOfTheCore(document, target)) throw new EnrouteError('ENR-CRR-011');
  const { incoming } = target;
  const isKnown = ({ body: here }: Pick<ChannelEntry, 'body'>): boolean =>
    isDeepStrictEqual(here, body) || isNewer(here, body);
  const before = await incoming.findOne(id).exec();
  if (before && isKnown(before.toMutableJSON())) return 'known';
  const entry = before ?? (await incoming.insertIfNotExists({ id, body }));
  // The channel may have brought something newer meanwhile.
  await entry.incrementalModify((here) => (isKnown(here) ? here : { ...here, body }));
  if (document?.kind === 'core-keys') await target.followKeys({ id, body });
  return 'taken';
}

/** Undefined for what a newer core has written. It is kept as the channel keeps it: the next version may read it. */
function readable(id: string, body: object): DownDocument | undefined {
  try {
    return parseDown(id, body);
  } catch (error) {
    if (error instanceof EnrouteError) return undefined;
    throw error;
  }
}

function isOfTheCore({ kind, body }: DownDocument, { identity, core }: DocumentTarget): boolean {
  if (body.station !== identity.station) return false;
  switch (kind) {
    case 'receipt':
      return verifyReceipt(body, signerOf(core, body.signature));
    case 'result':
      return openResult(body, openingKey(identity, body.keyId), signerOf(core, body.signature)) !== undefined;
    case 'task':
      return verifyTask(body, signerOf(core, body.signature));
    case 'master':
      return verifyMaster(body, signerOf(core, body.signature));
    case 'core-keys':
      // Each step carries its own signatures; whether they lead on from here is seen when they are followed.
      return true;
  }
}

const stepsSchema = coreKeysSchema.pick({ successions: true }).loose();
const orderSchema = z.object({ number: z.number().optional(), at: z.string() });

/** Master data is counted, and of the core's keys one goes on from the other; of all else the time says which is later. */
function isNewer(here: unknown, carried: unknown): boolean {
  const [steps, carriedSteps] = [stepsSchema.safeParse(here).data, stepsSchema.safeParse(carried).data];
  if (steps && carriedSteps) return leadFurther(steps.successions, carriedSteps.successions);
  const [one, other] = [orderSchema.safeParse(here).data, orderSchema.safeParse(carried).data];
  if (!one || !other) return one !== undefined;
  if (one.number !== other.number) return (one.number ?? 0) > (other.number ?? 0);
  return Date.parse(one.at) > Date.parse(other.at);
}

/**
 * Keeps a station's two channel collections and its channel in the core the same, over the gateway: RxDB's replication
 * with handlers of our own, because RxDB's CouchDB plugin and PouchDB's replication both stop at the first document that
 * is refused, and neither puts a deadline on a request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type CoreWord, epochTag } from '@enroute/shared/schemas/core-word.ts';
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type {
  ReplicationPullHandlerResult,
  RxReplicationPullStreamItem,
  RxReplicationWriteToMasterRow,
  WithDeleted,
} from 'rxdb';
import { type RxReplicationState, replicateRxCollection } from 'rxdb/plugins/replication';
import { Subject } from 'rxjs';
import { z } from 'zod';
import { type BackOff, fullJitter } from '../link/back-off.ts';
import type { GatewayClient } from '../link/gateway-client.ts';
import type { Link } from '../link/link.ts';
import { type ChannelRequests, channelRequests } from './channel-requests.ts';
import type { ChannelCollection, ChannelEntry } from './collections.ts';
import { channelName, isDownId, MAX_CHANNEL_DOC_BYTES, parseDown } from './documents.ts';
import { forgetDocuments } from './forget-documents.ts';
import { writePatiently } from './patient-writes.ts';
import { type BulkDocsAnswer, type ChangesAnswer, MAX_CHANNEL_BATCH } from './protocol.ts';
import { sendBatch, type UpDoc } from './send-batch.ts';

/** RxDB's own wait after a failure; the link has made its callers wait before. */
const RXDB_RETRY_MS = 10;
/** What is written within this time goes up in one request: on a slow link each costs more than the wait. */
const LINGER_MS = 200;
/** Between two tries of a write that the disk does not take. */
const DISK_BACK_OFF: BackOff = { baseMs: 1_000, capMs: 60_000 };

export interface ChannelOptions {
  readonly client: GatewayClient;
  readonly link: Link;
  readonly outgoing: ChannelCollection;
  readonly incoming: ChannelCollection;
  /** How long the core may hold the long poll open. */
  readonly pollMs: number;
  /** So often the core shows meanwhile that it is there; 20 s when left out. */
  readonly pollHeartbeatMs?: number;
  readonly diskBackOff?: BackOff;
  /** The epoch of the core that was heard of last. A place in the feed of another is not gone on from. */
  readonly knownEpoch: () => string;
  /**
   * The core has this document. Told again after a crash, until it has resolved once.
   * @param wanted of a manifest: the core lacks the packet's bytes
   * @param ended of a manifest: the registration has ended
   */
  readonly onAccepted: (id: string, wanted: boolean, ended: boolean) => Promise<void>;
  /** The core refused this document for good. It is not offered again once this has resolved. */
  readonly onRefused: (id: string, code: StatusCode) => Promise<void>;
  /** The core's word on itself, not verified. What came with it is kept when this has resolved, and not before. */
  readonly onCoreWord: (word: CoreWord) => Promise<void>;
  /** The core answered. @param isOfKnownEpoch after its word, if it came with one, was believed or not */
  readonly onPlace?: (isOfKnownEpoch: boolean) => Promise<void>;
  /** The core sent a document that this version can't read. It is kept. */
  readonly onUnreadable: (id: string, code: StatusCode) => void;
  /** The station's disk did not take a write. It is tried again until it does. */
  readonly onTrouble: (error: unknown) => void;
}

export interface ChannelReplication {
  /** Resolves when all that was written here so far has reached the core, and all that the core had is here. */
  inSync(): Promise<void>;
  /**
   * Erases documents here, those that were sent and those that came, and what the replication remembers of them. The
   * core is not told: nothing is ever deleted there. Repeating it after a crash goes on where that one was.
   * @throws LinkError when what is on the way up would have to be waited for too long.
   */
  forget(ids: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

interface Checkpoint {
  readonly seq: string;
}

type PulledEntry = WithDeleted<ChannelEntry>;

const checkpointSchema = z.object({ seq: z.string() });

export function replicateChannel(options: ChannelOptions): ChannelReplication {
  const stopping = new AbortController();
  const channel = new Channel(options, stopping.signal);
  const shared = { deletedField: '_deleted', live: true, waitForLeadership: false, retryTime: RXDB_RETRY_MS };
  const identifier = channelName(options.client.station);
  const push = replicateRxCollection<ChannelEntry, Checkpoint>({
    ...shared,
    collection: options.outgoing,
    replicationIdentifier: `${identifier}-up`,
    push: {
      batchSize: MAX_CHANNEL_BATCH,
      handler: (rows) => channel.push(rows),
      waitBeforePersist: () => sleep(LINGER_MS, undefined, { signal: stopping.signal }).catch(() => undefined),
    },
  });
  const pull = replicateRxCollection<ChannelEntry, Checkpoint>({
    ...shared,
    collection: options.incoming,
    replicationIdentifier: `${identifier}-down`,
    pull: {
      batchSize: MAX_CHANNEL_BATCH,
      handler: (checkpoint) => channel.pull(checkpoint),
      stream$: channel.live$,
    },
  });
  const replications: RxReplicationState<ChannelEntry, Checkpoint>[] = [push, pull];
  const backOff = options.diskBackOff ?? DISK_BACK_OFF;
  const patience = { backOff, stopping: stopping.signal, onTrouble: options.onTrouble };
  for (const replication of replications) {
    writePatiently(replication, patience).catch(options.onTrouble);
    // What the handlers throw was told to the link; the rest is RxDB's own.
    replication.error$.subscribe((error) => {
      if (error.code !== 'RC_PUSH' && error.code !== 'RC_PULL') options.onTrouble(error);
    });
  }
  // The first pull catches up; from then on the long poll brings what is new.
  let polling: Promise<void> | undefined;
  void pull.awaitInitialReplication().then(() => {
    polling = channel.poll();
  });
  return {
    inSync: async () => {
      await Promise.all(replications.map((replication) => replication.awaitInSync()));
    },
    forget: (ids) => forgetDocuments({ outgoing: options.outgoing, incoming: options.incoming, push, pull }, ids),
    stop: async () => {
      stopping.abort();
      await Promise.all(replications.map((replication) => replication.cancel()));
      await polling;
    },
  };
}

class Channel {
  readonly live$ = new Subject<RxReplicationPullStreamItem<ChannelEntry, Checkpoint>>();
  readonly #options: ChannelOptions;
  readonly #requests: ChannelRequests;
  readonly #stopping: AbortSignal;
  #since: string | undefined;

  constructor(options: ChannelOptions, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
    this.#requests = channelRequests({ ...options, stopping });
  }

  /** RxDB calls it again with the same rows until it returns. The station is the only writer: no conflict comes back. */
  async push(rows: RxReplicationWriteToMasterRow<ChannelEntry>[]): Promise<[]> {
    // What is erased here stays in the core.
    const present = rows.filter(({ newDocumentState }) => !newDocumentState._deleted);
    const docs = present.map(({ newDocumentState: { id, body } }): UpDoc => ({ ...body, _id: id }));
    for (const { _id } of docs.filter(isTooLarge)) {
      await this.#note({ id: _id, error: 'forbidden', reason: 'ENR-CHN-002' });
    }
    const fitting = docs.filter((doc) => !isTooLarge(doc));
    for await (const answer of sendBatch(fitting, (some) => this.#requests.bulkDocs(some))) {
      for (const result of answer) await this.#note(result);
    }
    return [];
  }

  #note(result: BulkDocsAnswer[number]): Promise<void> {
    const { onAccepted, onRefused } = this.#options;
    return this.#patiently(async () => {
      // A core that does not say whether it wants the bytes wants them.
      if ('ok' in result) await onAccepted(result.id, result.wanted ?? true, result.ended ?? false);
      else if (result.error === 'forbidden') await onRefused(result.id, result.reason);
      else if (result.id !== HEARTBEAT_ID) await onRefused(result.id, 'ENR-CHN-004');
    });
  }

  async pull(checkpoint: Checkpoint | undefined): Promise<ReplicationPullHandlerResult<ChannelEntry, Checkpoint>> {
    const place = checkpoint === undefined ? undefined : checkpointSchema.parse(checkpoint).seq;
    // One that the station has not heard out, because it crashed or lost its notes: from the beginning, to hear it again.
    return this.#fetch(place !== undefined && this.#isKnown(place) ? place : undefined, 'at once');
  }

  #isKnown(place: string): boolean {
    return place.startsWith(`${epochTag(this.#options.knownEpoch())}.`);
  }

  /** Holds one long poll open after the other until the replication stops. */
  async poll(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        const { documents, checkpoint } = await this.#fetch(this.#since, 'wait');
        if (documents.length > 0 && checkpoint) this.live$.next({ documents, checkpoint });
      } catch {
        // The link was told, and has made us wait; the loop goes on.
      }
    }
  }

  async #fetch(
    since: string | undefined,
    how: 'wait' | 'at once',
  ): Promise<ReplicationPullHandlerResult<ChannelEntry, Checkpoint>> {
    const answer = await this.#requests.changes(since, how);
    // The core is of another epoch, or keeps its documents in another store than it did. What is here already stays.
    return answer === 'unknown place' ? this.#fetch(undefined, 'at once') : this.#take(answer);
  }

  async #take({
    results,
    last_seq,
    core,
  }: ChangesAnswer): Promise<ReplicationPullHandlerResult<ChannelEntry, Checkpoint>> {
    if (core) await this.#patiently(() => this.#options.onCoreWord(core));
    await this.#patiently(async () => this.#options.onPlace?.(this.#isKnown(last_seq)));
    this.#since = last_seq;
    return { documents: results.flatMap(({ id, doc }) => this.#readDown(id, doc)), checkpoint: { seq: last_seq } };
  }

  /** A document that this version can't read is kept as it is: the next one may. */
  #readDown(id: string, doc: { readonly _id: string; readonly _rev: string } | undefined): PulledEntry[] {
    if (!doc || !isDownId(id)) return [];
    const { _id, _rev, ...body } = doc;
    try {
      parseDown(id, body);
    } catch (error) {
      if (!(error instanceof EnrouteError)) throw error;
      this.#options.onUnreadable(id, error.code);
    }
    return [{ id, body, _deleted: false }];
  }

  /** Waits for a disk that does not take what is to be noted, instead of asking the core again. */
  async #patiently(note: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await note();
      } catch (error) {
        if (this.#stopping.aborted) throw error;
        this.#options.onTrouble(error);
        await fullJitter(failures, this.#options.diskBackOff ?? DISK_BACK_OFF, this.#stopping);
      }
    }
  }
}

function isTooLarge(doc: UpDoc): boolean {
  return Buffer.byteLength(JSON.stringify(doc)) > MAX_CHANNEL_DOC_BYTES;
}

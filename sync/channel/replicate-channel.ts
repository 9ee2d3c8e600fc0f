/**
 * Keeps a station's two channel collections and its channel in the core the same, over the gateway: RxDB's replication
 * with handlers of our own, because RxDB's CouchDB plugin and PouchDB's replication both stop at the first document that
 * is refused, and neither puts a deadline on a request.
 */
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import {
  createRevision,
  flatCloneDocWithMeta,
  type ReplicationPullHandlerResult,
  type RxReplicationPullStreamItem,
  type RxReplicationWriteToMasterRow,
  type WithDeleted,
} from 'rxdb';
import { type RxReplicationState, replicateRxCollection } from 'rxdb/plugins/replication';
import { Subject } from 'rxjs';
import { z } from 'zod';
import { type BackOff, fullJitter } from '../link/back-off.ts';
import type { GatewayClient } from '../link/gateway-client.ts';
import { LinkError } from '../link/link-error.ts';
import type { ChannelCollection, ChannelEntry } from './collections.ts';
import { channelName, isDownId, parseDown } from './documents.ts';
import { writePatiently } from './patient-writes.ts';
import {
  allDocsAnswerSchema,
  type BulkDocsAnswer,
  bulkDocsAnswerSchema,
  changesAnswerSchema,
  DOWN_FILTER,
  MAX_CHANNEL_BATCH,
} from './protocol.ts';

const REQUEST_DEADLINE_MS = 60_000;
/** RxDB's own wait after a failure, on top of ours. */
const RXDB_RETRY_MS = 10;
const FORGET_DEADLINE_MS = 10_000;

export interface ChannelOptions {
  readonly client: GatewayClient;
  readonly outgoing: ChannelCollection;
  readonly incoming: ChannelCollection;
  /** How long the core may hold the long poll open. */
  readonly pollMs: number;
  /** Wait after a failure: somewhere between 0 and this, doubling from `retryBaseMs`. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** The core has this document. Told again after a crash, until it has resolved once. */
  readonly onAccepted: (id: string) => Promise<void>;
  /** The core refused this document for good. It is not offered again once this has resolved. */
  readonly onRefused: (id: string, code: StatusCode) => Promise<void>;
  /** The core sent a document that this version can't read. It is kept. */
  readonly onUnreadable: (id: string, code: StatusCode) => void;
  /** Told after every request. */
  readonly onLink: (up: boolean, error?: Error) => void;
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
    push: { batchSize: MAX_CHANNEL_BATCH, handler: (rows) => channel.push(rows) },
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
  const patience = { backOff: channel.backOff, stopping: stopping.signal, onTrouble: options.onTrouble };
  for (const replication of replications) {
    writePatiently(replication, patience).catch(options.onTrouble);
    // What the handlers throw was told by them; the rest is RxDB's own.
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
    forget: async (ids) => {
      await eraseFrom(options.outgoing, ids);
      await withinDeadline(push.awaitInSync(), FORGET_DEADLINE_MS);
      await eraseFrom(options.incoming, ids);
      for (const replication of replications) await eraseMemoryOf(replication, ids);
      for (const { storageInstance } of [options.outgoing, options.incoming]) await storageInstance.cleanup(0);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(replications.map((replication) => replication.cancel()));
      await polling;
    },
  };
}

async function eraseFrom(collection: ChannelCollection, ids: readonly string[]): Promise<void> {
  const here = await collection.findByIds([...ids]).exec();
  await collection.bulkRemove([...here.values()]);
}

/** RxDB keeps a copy of each document that was exchanged, for conflicts that can't be here, and keeps it for ever. */
async function eraseMemoryOf(
  { metaInstance }: RxReplicationState<ChannelEntry, Checkpoint>,
  ids: readonly string[],
): Promise<void> {
  if (!metaInstance) return;
  const remembered = await metaInstance.findDocumentsById(
    ids.map((id) => `${id}|0`),
    false,
  );
  const rows = remembered.map((previous) => {
    const document = flatCloneDocWithMeta(previous);
    document._deleted = true;
    document._meta.lwt = Math.max(Date.now(), previous._meta.lwt + 0.01);
    document._rev = createRevision('forgotten', previous);
    return { previous, document };
  });
  if (rows.length > 0) await metaInstance.bulkWrite(rows, 'enroute-forget');
  await metaInstance.cleanup(0);
}

async function withinDeadline(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new LinkError(`not in sync after ${deadlineMs} ms`)), deadlineMs);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

class Channel {
  readonly live$ = new Subject<RxReplicationPullStreamItem<ChannelEntry, Checkpoint>>();
  readonly backOff: BackOff;
  readonly #options: ChannelOptions;
  readonly #stopping: AbortSignal;
  #failures = 0;
  #since: string | undefined;
  /** The core's revision of our heartbeat, as far as we know it: a write must name the one that it replaces. */
  #heartbeatRev: string | undefined;

  constructor(options: ChannelOptions, stopping: AbortSignal) {
    this.#options = options;
    this.#stopping = stopping;
    this.backOff = { baseMs: options.retryBaseMs, capMs: options.retryCapMs };
  }

  /** RxDB calls it again with the same rows until it returns. The station is the only writer: no conflict comes back. */
  async push(rows: RxReplicationWriteToMasterRow<ChannelEntry>[]): Promise<[]> {
    // What is erased here stays in the core.
    const present = rows.filter(({ newDocumentState }) => !newDocumentState._deleted);
    if (present.length === 0) return [];
    const docs = present.map(({ newDocumentState: { id, body } }) => ({ ...body, _id: id }));
    const answer = await this.#attempt(() => this.#bulkDocs(docs));
    for (const result of answer) await this.#note(result);
    // Of our documents only the heartbeat ever changes, and after a start we do not know its revision.
    const stale = answer.some(
      (result) => 'error' in result && result.error === 'conflict' && result.id === HEARTBEAT_ID,
    );
    const heartbeat = docs.find(({ _id }) => _id === HEARTBEAT_ID);
    if (stale && heartbeat) await this.#attempt(() => this.#overwrite(heartbeat));
    return [];
  }

  /** Tells what the core said of one document; waits for a disk that does not take the note, instead of asking again. */
  async #note(result: BulkDocsAnswer[number]): Promise<void> {
    const { onAccepted, onRefused, onTrouble } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        if ('ok' in result) await onAccepted(result.id);
        else if (result.error === 'forbidden') await onRefused(result.id, result.reason);
        else if (result.id !== HEARTBEAT_ID) await onRefused(result.id, 'ENR-CHN-004');
        return;
      } catch (error) {
        if (this.#stopping.aborted) throw error;
        onTrouble(error);
        await fullJitter(failures, this.backOff, this.#stopping);
      }
    }
  }

  async pull(checkpoint: Checkpoint | undefined): Promise<ReplicationPullHandlerResult<ChannelEntry, Checkpoint>> {
    const since = checkpoint === undefined ? undefined : checkpointSchema.parse(checkpoint).seq;
    const result = await this.#attempt(() => this.#changes(since, 0));
    this.#since = result.checkpoint?.seq;
    return result;
  }

  /** Holds one long poll open after the other until the replication stops. */
  async poll(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        const result = await this.#attempt(() => this.#changes(this.#since, this.#options.pollMs));
        this.#since = result.checkpoint?.seq;
        if (result.documents.length > 0 && result.checkpoint) {
          this.live$.next({ documents: result.documents, checkpoint: result.checkpoint });
        }
      } catch {
        // Told through onLink and waited for in #attempt; the loop goes on.
      }
    }
  }

  async #bulkDocs(bodies: readonly { readonly _id: string }[]): Promise<BulkDocsAnswer> {
    const rev = this.#heartbeatRev;
    const docs = bodies.map((body) => (body._id === HEARTBEAT_ID && rev ? { ...body, _rev: rev } : body));
    const answer = bulkDocsAnswerSchema.parse(await this.#request('POST', '_bulk_docs', { docs }));
    if (answer.length !== docs.length) throw new LinkError('the core answered for other documents than were sent');
    for (const result of answer) if (result.id === HEARTBEAT_ID && 'ok' in result) this.#heartbeatRev = result.rev;
    return answer;
  }

  async #overwrite(heartbeat: { readonly _id: string }): Promise<void> {
    const keys = encodeURIComponent(JSON.stringify([heartbeat._id]));
    const { rows } = allDocsAnswerSchema.parse(await this.#request('GET', `_all_docs?keys=${keys}`));
    this.#heartbeatRev = rows[0]?.value?.rev;
    await this.#bulkDocs([heartbeat]);
  }

  async #changes(
    since: string | undefined,
    waitMs: number,
  ): Promise<ReplicationPullHandlerResult<ChannelEntry, Checkpoint>> {
    const query = new URLSearchParams({ include_docs: 'true', filter: DOWN_FILTER, limit: String(MAX_CHANNEL_BATCH) });
    if (since !== undefined) query.set('since', since);
    if (waitMs > 0) {
      query.set('feed', 'longpoll');
      query.set('timeout', String(waitMs));
    }
    try {
      const answer = await this.#request('GET', `_changes?${query}`, undefined, waitMs);
      const { results, last_seq } = changesAnswerSchema.parse(answer);
      return { documents: results.flatMap(({ id, doc }) => this.#readDown(id, doc)), checkpoint: { seq: last_seq } };
    } catch (error) {
      const unknown = error instanceof EnrouteError && error.code === 'ENR-CHN-003' && since !== undefined;
      if (!unknown) throw error;
      // The core keeps its documents in another store than it did: from the beginning. What is here already stays.
      return this.#changes(undefined, 0);
    }
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

  #request(method: 'GET' | 'POST', path: string, body?: unknown, waitMs = 0): Promise<unknown> {
    return this.#options.client.request({
      method,
      path: `${channelName(this.#options.client.station)}/${path}`,
      body,
      deadlineMs: REQUEST_DEADLINE_MS + waitMs,
      signal: this.#stopping,
    });
  }

  /** One try; after a failure waits before it throws, so that whoever calls again does not hammer. */
  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#failures = 0;
      this.#options.onLink(true);
      return result;
    } catch (error) {
      if (!this.#stopping.aborted) {
        this.#options.onLink(false, error instanceof Error ? error : new Error(String(error)));
        await fullJitter(this.#failures, this.backOff, this.#stopping);
        this.#failures += 1;
      }
      throw error;
    }
  }
}

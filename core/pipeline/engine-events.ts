/**
 * Applies what has happened for registrations besides their stages. An event is deleted when what it did is saved, or when
 * it has nothing to do; a crash in between has it applied once more, and then it is known to be applied already.
 */
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import { type InMemory, readAgain, settle } from './after-saving.ts';
import type { Applied } from './events/apply-event.ts';
import type { EventDraft, PipelineEvent } from './events/event.ts';
import type { LoadedFlow } from './flow/flow.ts';
import { LONGEST_WAIT_DAYS } from './longest-wait.ts';
import { moveOf } from './move-of.ts';
import { type Saving, saveRegistrations, type ToSave } from './save-registrations.ts';

/** Events of the lanes that are held, each given out once until it is done or left for later. */
export interface EventSource {
  take(limit: number): Promise<readonly PipelineEvent[]>;
  done(events: readonly PipelineEvent[]): Promise<void>;
  /** To be asked again in a while. */
  later(events: readonly PipelineEvent[]): void | Promise<void>;
  /** @returns ends that */
  onArrival(listener: () => void): () => void;
}

export type ApplyEvent = (
  registration: StoredRegistration,
  event: PipelineEvent,
  flow: LoadedFlow,
  now: Date,
  target?: LoadedFlow,
) => Applied;

export interface EventParts {
  readonly registrations: Pick<Database, 'getMany'>;
  readonly inbox: EventSource;
  readonly applyEvent: ApplyEvent;
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow | undefined;
  readonly saving: Saving;
  readonly inMemory: InMemory;
  readonly now: () => Date;
  readonly log: Logger;
}

const EVENTS_AT_ONCE = 200;
/** Somebody may tell of a registration before its packet comes; so long, and thus longer than anybody waits for it. */
const UNKNOWN_KEPT_MS = (LONGEST_WAIT_DAYS + 30) * 24 * 60 * 60_000;

/** What the events of one registration come to. */
interface Change {
  readonly before: StoredRegistration;
  readonly after: StoredRegistration;
  readonly emit: readonly EventDraft[];
  readonly spent: readonly PipelineEvent[];
}

/** @returns whether there were any @throws StoreError; then they are asked again */
export async function applyEvents(parts: EventParts): Promise<boolean> {
  const events = await parts.inbox.take(EVENTS_AT_ONCE);
  if (events.length === 0) return false;
  try {
    await apply(events, parts);
  } catch (error) {
    await parts.inbox.later(events);
    throw error;
  }
  return true;
}

async function apply(events: readonly PipelineEvent[], parts: EventParts): Promise<void> {
  const byRid = Map.groupBy(events, ({ rid }) => rid);
  const found = await parts.registrations.getMany<StoredRegistration>([...byRid.keys()]);
  const changes = found.map((registration) => changeOf(registration, byRid.get(registration._id) ?? [], parts));
  const emit = changes.flatMap((change) => change.emit);
  if (emit.length > 0) await parts.saving.sendEvents(emit);
  const spent = [...(await save(changes, parts)), ...overdue(events, found, parts)];
  const isSpent = new Set(spent);
  const left = events.filter((event) => !isSpent.has(event));
  if (spent.length > 0) await parts.inbox.done(spent);
  if (left.length > 0) await parts.inbox.later(left);
}

function changeOf(before: StoredRegistration, events: readonly PipelineEvent[], parts: EventParts): Change {
  const emit: EventDraft[] = [];
  const spent: PipelineEvent[] = [];
  let after = before;
  for (const event of [...events].sort(byTime)) {
    const applied = applyOne(after, event, parts);
    if (applied.kind === 'later') continue;
    spent.push(event);
    if (applied.kind === 'ignored') {
      parts.log.info({ rid: event.rid, event: event.kind, why: applied.why }, 'event: nothing to do');
      continue;
    }
    after = applied.registration;
    emit.push(...applied.emit);
  }
  return { before, after, emit, spent };
}

/** Of a migration, the version that it leads to. */
function targetOf(
  registration: StoredRegistration,
  event: PipelineEvent,
  flowOf: EventParts['flowOf'],
): LoadedFlow | undefined {
  if (!registration.flow || event.kind !== 'act' || event.act.do !== 'migrate') return undefined;
  return flowOf({ ...registration, flow: { ...registration.flow, version: event.act.to.version } });
}

function applyOne(registration: StoredRegistration, event: PipelineEvent, parts: EventParts): Applied {
  const { flowOf, applyEvent, now, log, saving } = parts;
  const target = targetOf(registration, event, flowOf);
  // Out of a version that nobody has any more there is one way: to one that is at hand.
  const flow = flowOf(registration) ?? target;
  // Its event is for those who run its stage.
  if (!flow || saving.stages?.has(registration.stage ?? flow.first) === false) return { kind: 'later' };
  try {
    return applyEvent(registration, event, flow, now(), target);
  } catch (error) {
    log.error({ err: error, rid: event.rid, event: event.kind }, 'event: it can not be applied, and is dropped');
    return { kind: 'ignored', why: 'it can not be applied' };
  }
}

/** @returns the events that have done what they were for */
async function save(changes: readonly Change[], { saving, inMemory, now, log }: EventParts): Promise<PipelineEvent[]> {
  const changed = changes.filter(({ before, after }) => before !== after);
  const spent = changes.filter(({ before, after }) => before === after).flatMap((change) => change.spent);
  const saved = await saveRegistrations(changed.map(toSave(now())), saving);
  const overtaken: string[] = [];
  for (const [index, change] of changed.entries()) {
    const result = saved[index];
    if (result?.kind === 'saved') await settle([result], inMemory);
    if (result?.kind === 'overtaken') overtaken.push(change.before._id);
    if (result?.kind === 'refused') log.error({ rid: change.before._id }, 'event: the store refuses what it leads to');
    if (result?.kind === 'saved' || result?.kind === 'refused') spent.push(...change.spent);
  }
  await readAgain(overtaken, inMemory);
  return spent;
}

function toSave(now: Date): (change: Change) => ToSave {
  return ({ before, after }) => ({
    stored: before,
    registration: after,
    moves: [moveOf(before, after, 'event', now)],
  });
}

/** Of registrations that never came. */
function overdue(
  events: readonly PipelineEvent[],
  found: readonly StoredRegistration[],
  { now, log }: EventParts,
): PipelineEvent[] {
  const known = new Set(found.map(({ _id }) => _id));
  const before = new Date(now().getTime() - UNKNOWN_KEPT_MS).toISOString();
  const dropped = events.filter(({ rid, at }) => !known.has(rid) && at < before);
  for (const { rid, kind } of dropped) log.warn({ rid, event: kind }, 'event: no such registration ever came');
  return dropped;
}

function byTime(one: PipelineEvent, other: PipelineEvent): number {
  const [a, b] = [`${one.at} ${one._id}`, `${other.at} ${other._id}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

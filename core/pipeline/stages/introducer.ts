/**
 * introducer: whether the person who vouches for a child has, or gets, a number. Nobody asks again and again: who is still
 * being enrolled is waited for, and the end of that registration wakes this one.
 *
 * ```
 * named by            and that is                            so
 * nothing                                                    next
 * a UIN               active                                 next
 *                     deactivated | nobody's                 reject
 * a RID               completed, its number active           next
 *                     completed, its number deactivated      reject
 *                     rejected or failed                     reject
 *                     of a process that gives no number      reject
 *                     this one, or one that waits for this   reject
 *                     anything else: in flow, parked,        park until it ends, or the time is over
 *                     paused, a dead letter, not yet known
 * a VID alone         nobody's: none are issued yet          reject
 * nothing, and the    a child by the record of the number    reject
 * process is UPDATE   that is given
 * ```
 * Longer circles end with the time of the wait. Of several names the UIN counts first: it says most.
 *
 * What wakes it says how the introducer has ended, and that counts: it is told just before the end is saved. So who is woken
 * does not wait again, and a wait has its whole time whatever held the registration before. When the time is over,
 * `introducer-late` looks once more, for the news of an end can have been lost; it waits for nobody.
 */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import type { AgeGroup } from '@enroute/shared/policy/age.ts';
import { type IntroducerReference, introducerOf } from '@enroute/shared/policy/rules/introducer.ts';
import { isTerminal, type RegistrationState } from '@enroute/shared/registration/states.ts';
import { isRid } from '@enroute/shared/rid/rid.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { type IdentityState, identityStates } from '../../identity/identity-records.ts';
import type { CoreKeys } from '../../keys.ts';
import { type EventDraft, endedSchema } from '../events/event.ts';
import { LONGEST_WAIT_DAYS } from '../longest-wait.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage, Work } from '../stage.ts';
import { childrenByRecord } from './children-by-record.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** By these a person gets a number, or shows that they have one. */
const GIVES_NUMBER: ReadonlySet<Process> = new Set(['NEW', 'UPDATE', 'RES_UPDATE', 'LOST', 'ACTIVATE']);

type Databases = Pick<CoreDatabases, 'registrations' | 'uins' | 'identities' | 'events'>;

export interface IntroducerParts {
  readonly databases: Databases;
  readonly keys: Pick<CoreKeys, 'storage'>;
  /** The ages at capture that need somebody who vouches. */
  readonly neededBy: readonly AgeGroup[];
  readonly sendEvents: (events: readonly EventDraft[]) => Promise<void>;
}

/** What there is to know of those who are named. */
interface Known {
  readonly registrations: ReadonlyMap<string, Introducer>;
  /** Those that name nobody, and are children by the record of their number. */
  readonly children: ReadonlySet<string>;
  /** Numbers by RID, of those that have one. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, IdentityState>;
}

type Introducer = Pick<StoredRegistration, '_id' | 'process' | 'state' | 'parked'>;

type Verdict = Outcome | { readonly kind: 'wait'; readonly rid: string };

const NEXT: Outcome = { kind: 'next' };
const REFUSED: Outcome = { kind: 'reject', code: 'ENR-INT-001' };
const UNKNOWN: Outcome = { kind: 'reject', code: 'ENR-INT-003' };
const DEACTIVATED: Outcome = { kind: 'reject', code: 'ENR-INT-004' };
const CIRCLE: Outcome = { kind: 'reject', code: 'ENR-INT-005' };
const NO_NUMBER: Outcome = { kind: 'reject', code: 'ENR-INT-006' };
const LATE: Outcome = { kind: 'reject', code: 'ENR-INT-002' };
const UNVOUCHED: Outcome = { kind: 'reject', code: 'ENR-INT-007' };

export function introducerStage(parts: IntroducerParts): EffectStage {
  const { databases, sendEvents } = parts;
  return {
    name: 'introducer',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'park', 'reject'],
    parks: ['introducer'],
    perform: async (works, now) => {
      const verdicts = await verdictsOf(works, parts);
      const waits = new Map(
        works.flatMap(({ registration: { _id } }, nth) => {
          const verdict = verdicts[nth];
          return verdict?.kind === 'wait' ? [[_id, verdict.rid] as const] : [];
        }),
      );
      await sendEvents([...waits].map(([watcher, rid]) => watchOf(watcher, rid, now)));
      const circles = await circlesOf(waits, databases);
      const until = new Date(now.getTime() + LONGEST_WAIT_DAYS * DAY_MS);
      return works.map(({ registration }, nth): Outcome => {
        const verdict = verdicts[nth] ?? NEXT;
        if (verdict.kind !== 'wait') return verdict;
        if (circles.has(registration._id)) return CIRCLE;
        return { kind: 'park', reason: 'introducer', key: verdict.rid, until };
      });
    },
  };
}

/** The last look, when the time of the wait is over. */
export function introducerLateStage(parts: IntroducerParts): EffectStage {
  return {
    name: 'introducer-late',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'reject'],
    perform: async (works) => {
      const verdicts = await verdictsOf(works, parts);
      return verdicts.map((verdict) => (verdict.kind === 'wait' ? LATE : verdict));
    },
  };
}

async function verdictsOf(works: readonly Work[], parts: IntroducerParts): Promise<Verdict[]> {
  const references = works.map(({ packets }) => introducerOf(readIdentity(packets().packet)));
  const known = await knownOf(works, references, parts);
  return works.map(({ registration }, nth) => judge(registration, references[nth], known));
}

async function knownOf(
  works: readonly Work[],
  references: readonly (IntroducerReference | undefined)[],
  { databases, keys, neededBy }: IntroducerParts,
): Promise<Known> {
  const { uins, identities } = databases;
  const registrations = await registrationsOf(works, references, databases);
  const completed = [...registrations.values()].filter(({ state }) => state === 'COMPLETED').map(({ _id }) => _id);
  const numbers = completed.length > 0 ? await assignedUins(completed, uins) : new Map<string, string>();
  const named = [...references.flatMap((one) => one?.uin ?? []), ...numbers.values()];
  const states = named.length > 0 ? await identityStates(named, identities) : new Map<string, IdentityState>();
  const alone = works.filter(({ registration }, nth) => !references[nth] && registration.process === 'UPDATE');
  return { registrations, children: await childrenByRecord(alone, neededBy, databases, keys), numbers, states };
}

/** Those that are named by their registration, in the state that they are in, or that they have told to be their end. */
async function registrationsOf(
  works: readonly Work[],
  references: readonly (IntroducerReference | undefined)[],
  { registrations }: Databases,
): Promise<ReadonlyMap<string, Introducer>> {
  const rids = [...new Set(references.flatMap((one) => ridIn(one) ?? []))];
  const found = rids.length > 0 ? await registrations.getMany<StoredRegistration>(rids) : [];
  const told = new Map(works.flatMap(({ registration }) => endTold(registration)));
  return new Map(found.map((doc) => [doc._id, { ...doc, state: told.get(doc._id) ?? doc.state }]));
}

function endTold({ answer }: StoredRegistration): [string, RegistrationState][] {
  const told = endedSchema.safeParse(answer?.body).data;
  return told && told.rid === answer?.key ? [[told.rid, told.state]] : [];
}

function judge(
  { _id: own }: StoredRegistration,
  reference: IntroducerReference | undefined,
  { registrations, children, numbers, states }: Known,
): Verdict {
  if (!reference) return children.has(own) ? UNVOUCHED : NEXT;
  const { uin } = reference;
  if (uin !== undefined) return ofState(states.get(uin));
  const rid = ridIn(reference);
  if (rid === undefined) return UNKNOWN;
  if (rid === own) return CIRCLE;
  const introducer = registrations.get(rid);
  if (!introducer) return { kind: 'wait', rid };
  const { state, process, parked } = introducer;
  if (!GIVES_NUMBER.has(process)) return NO_NUMBER;
  if (state === 'COMPLETED') {
    const number = numbers.get(rid);
    return number === undefined ? NO_NUMBER : ofState(states.get(number));
  }
  if (isTerminal(state)) return REFUSED;
  return parked?.reason === 'introducer' && parked.key === own ? CIRCLE : { kind: 'wait', rid };
}

/** Where only the registration says who it is. What is no RID was refused at the desk, and by the packet stage. */
function ridIn(reference: IntroducerReference | undefined): string | undefined {
  const { uin, rid } = reference ?? {};
  return uin === undefined && rid !== undefined && isRid(rid) ? rid : undefined;
}

function ofState(state: IdentityState | undefined): Outcome {
  if (state === undefined) return UNKNOWN;
  return state === 'active' ? NEXT : DEACTIVATED;
}

/** The introducer's registration is asked to tell its end. The id is always the same: asked twice, it tells once. */
function watchOf(watcher: string, rid: string, now: Date): EventDraft {
  return { _id: watchId(watcher, rid), kind: 'watch', rid, watcher, at: now.toISOString() };
}

function watchId(watcher: string, rid: string): string {
  return `${rid}:watch-${watcher}`;
}

/**
 * Those who are waited for by just whom they are about to wait for. Each of two says that it waits before it looks whether
 * the other one has said so: at least one of them sees it, wherever the workers are that run them.
 */
async function circlesOf(
  waits: ReadonlyMap<string, string>,
  { events, registrations }: Databases,
): Promise<ReadonlySet<string>> {
  if (waits.size === 0) return new Set();
  const asked = await events.getMany([...waits].map(([own, rid]) => watchId(rid, own)));
  const askedIds = new Set(asked.map(({ _id }) => _id));
  // An event that is not there any more has been applied, so the registration is looked at after the events.
  const selves = await registrations.getMany<StoredRegistration>([...waits.keys()]);
  const watchers = new Map(selves.map((doc) => [doc._id, doc.watchers ?? []]));
  const circles = [...waits].filter(
    ([own, rid]) => askedIds.has(watchId(rid, own)) || watchers.get(own)?.includes(rid),
  );
  return new Set(circles.map(([own]) => own));
}

/**
 * What the pipeline has done outside of the registrations, each read from where it is kept: numbers, identities, receipts
 * and results. A document that was written once has a revision that begins so; whatever was done twice shows.
 */
import type { StoredRegistration } from '@enroute/core/databases.ts';
import type { OpenedCore } from '@enroute/core/open-core.ts';
import { EVERY_RID, pages } from '@enroute/core/store/pages.ts';
import type { Doc, Stored } from '@enroute/core/store/store.ts';
import { isTerminal, type RegistrationState } from '@enroute/shared/registration/states.ts';
import { z } from 'zod';

const ONCE = '1-';
const ALL = { start: ' ', end: '~' };
const EFFECTS_BY_STATE: Readonly<Record<'COMPLETED' | 'OTHER', readonly string[]>> = {
  COMPLETED: ['receipt:<rid>:RECEIVED', 'receipt:<rid>:OUTCOME', 'result:<rid>'],
  OTHER: ['receipt:<rid>:RECEIVED', 'receipt:<rid>:OUTCOME'],
};

export const ledgersSchema = z.object({
  /** What each registration has come to. */
  states: z.record(z.string(), z.string()),
  /** What is missing, too much, or was done twice. */
  faults: z.array(z.string()),
});

export type Ledgers = z.infer<typeof ledgersSchema>;

export async function judgeLedgers(core: OpenedCore): Promise<Ledgers> {
  const faults: string[] = [];
  const states = new Map<string, RegistrationState>();
  const stations = new Set<string>();
  for await (const page of pages<StoredRegistration>(core.databases.registrations, EVERY_RID)) {
    for (const registration of page) {
      states.set(registration._id, registration.state);
      stations.add(registration.station);
      faults.push(...faultsOfHistory(registration));
    }
  }
  for (const station of stations) faults.push(...(await faultsOfChannel(core, station, states)));
  faults.push(...(await faultsOfNumbers(core, states)));
  return { states: Object.fromEntries(states), faults };
}

/** The saves that count are those of one worker at a time: no stage has said twice that it was done. */
function faultsOfHistory({ _id: rid, history, state }: StoredRegistration): string[] {
  const done = history.filter(({ outcome }) => outcome === 'next').map(({ stage }) => stage);
  const twice = done.filter((stage, index) => done.indexOf(stage) !== index);
  const ends = done.filter((stage) => stage === 'finalise').length;
  return [
    ...twice.map((stage) => `${rid}: done twice with ${stage}`),
    ...(isTerminal(state) === (ends === 1) ? [] : [`${rid}: ${state}, and ended ${ends} times`]),
  ];
}

async function faultsOfChannel(
  core: OpenedCore,
  station: string,
  states: ReadonlyMap<string, RegistrationState>,
): Promise<string[]> {
  const faults: string[] = [];
  const sent = new Set<string>();
  for await (const page of pages<Doc>(await core.databases.channel(station), ALL)) {
    for (const { _id, _rev } of page) {
      if (!/^(receipt|result):/.test(_id)) continue;
      sent.add(_id);
      if (!_rev.startsWith(ONCE)) faults.push(`${_id}: written more than once`);
    }
  }
  for (const [rid, state] of states) {
    if (!rid.startsWith(station) || !isTerminal(state)) continue;
    for (const effect of EFFECTS_BY_STATE[state === 'COMPLETED' ? 'COMPLETED' : 'OTHER']) {
      if (!sent.delete(effect.replace('<rid>', rid))) faults.push(`${effect.replace('<rid>', rid)}: not sent`);
    }
  }
  const early = [...sent].filter((id) => id.startsWith('result:') || id.endsWith(':OUTCOME'));
  return [...faults, ...early.map((id) => `${id}: sent of a registration that has not come to that`)];
}

/** One number for each who has ended well, one record for each number, and no number of two. */
async function faultsOfNumbers(core: OpenedCore, states: ReadonlyMap<string, RegistrationState>): Promise<string[]> {
  const faults: string[] = [];
  const { ridOf, ownerOf } = await numbersOf(core);
  for (const [uin, rid] of ownerOf) if (ridOf.get(uin) !== rid) faults.push(`${rid}: has a number besides its own`);
  for (const [uin, rid] of ridOf) {
    if (ownerOf.get(uin) !== rid) faults.push(`${rid}: its number is not kept for it`);
    if (isTerminal(states.get(rid) ?? 'FAILED') && states.get(rid) !== 'COMPLETED')
      faults.push(`${rid}: numbered in vain`);
  }
  const numbered = new Set(ridOf.values());
  for (const [rid, state] of states) {
    if (state === 'COMPLETED' && !numbered.has(rid)) faults.push(`${rid}: COMPLETED without a number`);
  }
  const recorded = new Set<string>();
  for await (const page of pages<Stored<Doc> & { readonly rid: string }>(core.databases.identities, ALL)) {
    for (const { _id, _rev, rid } of page) {
      if (recorded.has(rid)) faults.push(`${rid}: two records`);
      recorded.add(rid);
      if (!_rev.startsWith(ONCE)) faults.push(`record of ${rid}: written more than once`);
      if (ridOf.get(_id) !== rid) faults.push(`record of ${rid}: under a number that is not its own`);
    }
  }
  const completed = [...states].filter(([, state]) => state === 'COMPLETED').map(([rid]) => rid);
  return [...faults, ...completed.filter((rid) => !recorded.has(rid)).map((rid) => `${rid}: no record`)];
}

interface Numbers {
  /** Which registration says that a number is its own. */
  readonly ridOf: ReadonlyMap<string, string>;
  /** For which registration a number is kept. */
  readonly ownerOf: ReadonlyMap<string, string>;
}

async function numbersOf({ databases }: OpenedCore): Promise<Numbers> {
  const ridOf = new Map<string, string>();
  const ownerOf = new Map<string, string>();
  for await (const page of pages<Stored<Doc> & { readonly uin?: string; readonly rid?: string }>(databases.uins, ALL)) {
    for (const { _id, uin, rid } of page) {
      const name = _id.slice(_id.indexOf(':') + 1);
      if (uin !== undefined && ridOf.has(uin)) throw new Error(`${name} and ${ridOf.get(uin)} have the same number.`);
      if (uin !== undefined) ridOf.set(uin, name);
      else if (rid !== undefined) ownerOf.set(name, rid);
    }
  }
  return { ridOf, ownerOf };
}

/** How each station's synchronisation stands, for people: read from heartbeats and the station's registrations. */
import { heapOf } from '@enroute/shared/registration/states.ts';
import { HEARTBEAT_ID, heartbeatSchema } from '@enroute/shared/schemas/heartbeat.ts';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { type Actor, centerOf } from '../people/person.ts';
import type { StationRegister } from '../stations/station-register.ts';
import type { StationState } from '../stations/station-rights.ts';
import { pages } from '../store/pages.ts';
import type { Doc } from '../store/store.ts';
import type { StationStatus } from './station-status-schema.ts';

/** Stations that are looked at at once: each has a database of its own, which is opened for it. */
const AT_ONCE = 16;

/** @param centers those whose stations are wanted */
export async function stationStatuses(
  register: Pick<StationRegister, 'entries' | 'lastSeen'>,
  databases: CoreDatabases,
  centers: Actor['centers'] = 'all',
): Promise<StationStatus[]> {
  const [entries, seen] = await Promise.all([register.entries(), register.lastSeen()]);
  const wanted = entries.filter(({ station }) => centers === 'all' || centers.includes(centerOf(station)));
  const statuses: StationStatus[] = [];
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const some = wanted.slice(from, from + AT_ONCE);
    const read = some.map(({ station, state }) => statusOf(station, state, seen.get(station) ?? null, databases));
    statuses.push(...(await Promise.all(read)));
  }
  return statuses;
}

async function statusOf(
  station: string,
  state: StationState,
  lastSeen: string | null,
  databases: CoreDatabases,
): Promise<StationStatus> {
  const doc = await (await databases.channel(station)).get<Doc>(HEARTBEAT_ID);
  const { _id, _rev, ...body } = doc ?? {};
  const heartbeat = heartbeatSchema.safeParse(body).data;
  return {
    station,
    state,
    lastSeen,
    waiting: heartbeat?.waiting ?? null,
    setAside: heartbeat?.setAside ?? 0,
    clockOffsetMs: heartbeat?.clockOffsetMs ?? null,
    software: heartbeat?.software ?? null,
    came: await whatCame(station, databases),
  };
}

/** A station's RIDs begin with its number, so they lie side by side. */
async function whatCame(station: string, databases: CoreDatabases): Promise<StationStatus['came']> {
  const came = { announced: 0, inProcess: 0, waitingForCorrection: 0, needsAttention: 0, completed: 0, rejected: 0 };
  const own = { start: station, end: `${station}:` };
  for await (const page of pages<StoredRegistration>(databases.registrations, own)) {
    for (const { state } of page) {
      if (state === 'ANNOUNCED') came.announced += 1;
      else if (state === 'COMPLETED') came.completed += 1;
      else if (state === 'PARKED') came.waitingForCorrection += 1;
      else if (state === 'DEAD_LETTER') came.needsAttention += 1;
      else if (heapOf(state) === 'terminal') came.rejected += 1;
      else came.inProcess += 1;
    }
  }
  return came;
}

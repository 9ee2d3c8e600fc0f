/** How the stations stand, for whoever may see them: asked for once, or sent whenever it has changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import type { StationStatus } from '../../ops/station-status-schema.ts';
import type { People } from '../../people/people.ts';
import { type Actor, centerOf, maySeeCenter, type Role } from '../../people/person.ts';
import { cookiesOf } from '../door/admit.ts';
import type { Route } from '../route.ts';
import { StationShares } from '../stations/station-shares.ts';

export interface StationViewRoutesOptions {
  readonly statuses: () => Promise<readonly StationStatus[]>;
  readonly people: Pick<People, 'stillThere'>;
  /** How often it is looked whether something has changed, while somebody looks on. */
  readonly refreshMs?: number;
  /** Aborted when the gateway is being stopped: live events would keep it waiting. */
  readonly ending?: AbortSignal;
}

const READERS: readonly Role[] = ['administrator', 'operations', 'supervisor', 'auditor'];
const REFRESH_MS = 2_000;
/** Of one person or service: more than anybody has pages open. A further one takes the place of the oldest. */
const MOST_LIVE = 8;

const NEVER = new AbortController().signal;

export function stationViewRoutes(options: StationViewRoutesOptions): Route[] {
  const { statuses, people, refreshMs = REFRESH_MS, ending = NEVER } = options;
  const view = viewOf(atMostEvery(refreshMs, statuses));
  const access = { by: 'people', roles: READERS } as const;
  const shares = new StationShares(MOST_LIVE);
  return [
    {
      kind: 'json',
      method: 'GET',
      path: '/api/stations',
      access,
      rate: 'people',
      answer: async ({ actor }) => ({ body: (await view(actor)).seen }),
    },
    {
      kind: 'stream',
      method: 'GET',
      path: '/api/stations/live',
      access,
      rate: 'people',
      handle: async (request, response) => {
        const watching: Actor = response.locals.actor;
        using share = shares.enter(watching.id);
        const cookies = cookiesOf(request);
        const authorization = request.get('authorization');
        await send(response, refreshMs, AbortSignal.any([ending, share.displaced]), async () => {
          const actor = await people.stillThere(cookies, authorization);
          // Asked anew each time: centers or roles may have been taken away.
          return actor?.roles.some((role) => READERS.includes(role)) ? (await view(actor)).json : undefined;
        });
      },
    },
  ];
}

interface View {
  readonly seen: readonly StationStatus[];
  readonly json: string;
}

/** What somebody sees, worked out once for all who see the same centers. */
function viewOf(statuses: () => Promise<readonly StationStatus[]>): (actor: Actor | undefined) => Promise<View> {
  const views = new WeakMap<readonly StationStatus[], Map<string, View>>();
  return async (actor) => {
    const all = await statuses();
    const known = views.get(all) ?? new Map<string, View>();
    views.set(all, known);
    const key = actor ? String(actor.centers) : 'nobody';
    const before = known.get(key);
    if (before) return before;
    const seen = actor ? all.filter(({ station }) => maySeeCenter(actor, centerOf(station))) : [];
    const view = { seen, json: JSON.stringify(seen) };
    known.set(key, view);
    return view;
  };
}

/** Asks once at a time, and again no sooner than a while after the answer, for however many look on. */
function atMostEvery<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let latest: Promise<T> | undefined;
  const forget = (): void => {
    setTimeout(() => {
      latest = undefined;
    }, ms).unref();
  };
  return () => {
    if (latest) return latest;
    latest = ask();
    latest.then(forget, forget);
    return latest;
  };
}

/**
 * Server-sent events. Resolves when the page has gone, the gateway stops, its place was taken, or the session has ended: the browser comes back
 * then, and is told so at the door.
 * @param ask undefined when nothing may be shown any more
 */
async function send(
  response: Response,
  refreshMs: number,
  ending: AbortSignal,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, ending]);
  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  let shown = '';
  while (!signal.aborted) {
    const statuses = await ask();
    if (statuses === undefined) break;
    // What a page is too slow to read is not heaped up for it.
    if (!response.writableNeedDrain) {
      // A comment keeps the connection alive, and finds out when it is not.
      response.write(statuses === shown ? ': still here\n\n' : `data: ${statuses}\n\n`);
      shown = statuses;
    }
    await sleep(refreshMs, undefined, { signal }).catch(() => undefined);
  }
  response.end();
}

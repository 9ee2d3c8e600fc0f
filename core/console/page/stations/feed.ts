/**
 * The page's line to the core.
 *
 * ```
 * connecting  asked for the first time
 * live        events come
 * lost        no answer; tried again, each time a little later
 * refused     the core answered that nobody is signed in any more                                     the end
 * outdated    the core answered something that this page does not understand                         the end
 * ```
 * A connection that died without a word looks alive to an EventSource, so the core is also asked now and then whether it
 * is there; for that nobody needs to be signed in, so a page that is only left open keeps no session from ending. The
 * answer's Date header tells the core's time: ages are counted by that clock, not by this computer's.
 *
 * A stream that has lasted may be ended by the core, which does so for whoever is signed out: it is asked for again at
 * once, and only when that fails is the connection lost.
 */
import { z } from 'zod';
import { type StationStatus, stationStatusSchema } from '../../../ops/station-status-schema.ts';

const STATIONS = '/api/stations';
const LIVE = '/api/stations/live';
const ALIVE = '/up';

const CHECK_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 10_000;
/** A stream that ends sooner is no stream that the core has ended on purpose. */
const LASTED_MS = 5_000;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 15_000;

export type Connection =
  | { readonly state: 'connecting' | 'live' | 'refused' | 'outdated' }
  | {
      readonly state: 'lost';
      /** When it is tried again, by this computer's clock; null while it is being tried. */
      readonly retryAtMs: number | null;
    };

export interface FeedListener {
  onStatuses(statuses: readonly StationStatus[]): void;
  onConnection(connection: Connection): void;
  /** What to add to this computer's clock to get the core's. */
  onClock(offsetMs: number): void;
}

export interface Feed {
  retryNow(): void;
  close(): void;
}

const statusesSchema = z.array(stationStatusSchema);

class Refused extends Error {}

export function openFeed(listener: FeedListener): Feed {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;
  let trying = false;
  let ended = false;

  function take(value: unknown): void {
    const statuses = statusesSchema.safeParse(value);
    if (statuses.success) listener.onStatuses(statuses.data);
    else end('outdated');
  }

  async function ask(path: string): Promise<Response> {
    const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (response.status === 401) throw new Refused();
    if (!response.ok) throw new Error(`answer ${response.status}`);
    const coreTimeMs = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(coreTimeMs)) listener.onClock(coreTimeMs - Date.now());
    return response;
  }

  async function connect(): Promise<void> {
    if (trying || ended) return;
    trying = true;
    window.clearTimeout(timer);
    if (failures > 0) listener.onConnection({ state: 'lost', retryAtMs: null });
    try {
      if (source) await ask(ALIVE);
      else take(await (await ask(STATIONS)).json());
      if (!source && !ended) listen();
      timer = window.setTimeout(connect, CHECK_EVERY_MS);
    } catch (error) {
      if (error instanceof Refused) end('refused');
      else lost();
    } finally {
      trying = false;
    }
  }

  function listen(): void {
    source = new EventSource(LIVE);
    let openedAtMs = Number.POSITIVE_INFINITY;
    source.onopen = () => {
      openedAtMs = performance.now();
      failures = 0;
      listener.onConnection({ state: 'live' });
    };
    source.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data));
    source.onerror = () => {
      if (performance.now() - openedAtMs < LASTED_MS) return lost();
      source?.close();
      source = undefined;
      void connect();
    };
  }

  function lost(): void {
    if (ended) return;
    source?.close();
    source = undefined;
    window.clearTimeout(timer);
    // Some jitter, so that the pages of a whole country do not come back in step.
    const waitMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** failures) * (0.75 + Math.random() / 2);
    failures += 1;
    listener.onConnection({ state: 'lost', retryAtMs: Date.now() + waitMs });
    timer = window.setTimeout(connect, waitMs);
  }

  function end(state: 'refused' | 'outdated'): void {
    close();
    listener.onConnection({ state });
  }

  function close(): void {
    ended = true;
    window.clearTimeout(timer);
    window.removeEventListener('online', retryNow);
    source?.close();
    source = undefined;
  }

  const retryNow = (): void => void connect();
  window.addEventListener('online', retryNow);
  void connect();
  return { retryNow, close };
}

/** What the page knows of the station: asked for once, and again whenever the station says that something changed. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, AwaitingRow, QueueRow, StationView, TaskRow, UploadProgress } from '../shared-api.ts';
import './station-window.ts';

export const PAGE_ROWS = 100;
const TICK_MS = 1_000;

interface StationNews {
  readonly status: Answer<StationView>;
  readonly queue: Answer<readonly QueueRow[]>;
  readonly tasks: Answer<readonly TaskRow[]>;
  readonly awaiting: Answer<readonly AwaitingRow[]>;
}

export interface StationState {
  /** Undefined until the first answer. */
  readonly news: StationNews | undefined;
  readonly progress: ReadonlyMap<string, UploadProgress>;
  /** The core's time, by which the station writes all others, as far as it is known. */
  readonly nowMs: number;
  /** How many rows of the queue are asked for. */
  readonly limit: number;
  setLimit(limit: number): void;
}

export function useStation(): StationState {
  const [news, setNews] = useState<StationNews>();
  const [progress, setProgress] = useState<ReadonlyMap<string, UploadProgress>>(new Map());
  const [nowMs, setNowMs] = useState(Date.now);
  const [limit, setLimit] = useState(PAGE_ROWS);

  const ask = useCallback(async () => {
    const [status, queue, tasks, awaiting] = await Promise.all([
      window.station.status(),
      window.station.queue(limit),
      window.station.tasks(),
      window.station.awaiting(),
    ]);
    setNews({ status, queue, tasks, awaiting });
  }, [limit]);
  const refresh = useOneAtATime(ask);

  useEffect(() => {
    refresh();
    return window.station.onChanged(refresh);
  }, [refresh]);

  useEffect(() => window.station.onProgress((one) => setProgress((before) => new Map(before).set(one.rid, one))), []);

  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);

  const offsetMs = (news?.status.ok && news.status.value.clockOffsetMs) || 0;
  return { news, progress, nowMs: nowMs - offsetMs, limit, setLimit };
}

/** A call that comes while one is under way leads to one more afterwards, however many come. */
function useOneAtATime(work: () => Promise<void>): () => void {
  const latest = useRef(work);
  latest.current = work;
  const state = useRef({ running: false, again: false });
  return useCallback(() => {
    const mine = state.current;
    if (mine.running) {
      mine.again = true;
      return;
    }
    mine.running = true;
    void (async () => {
      do {
        mine.again = false;
        await latest.current();
      } while (mine.again);
    })().finally(() => {
      mine.running = false;
    });
  }, [work]);
}

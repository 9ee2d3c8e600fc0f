/** The core's news of the stations, and the core's time. */
import { useEffect, useState } from 'preact/hooks';
import type { StationStatus } from '../../../ops/station-status-schema.ts';
import { type Connection, type Feed, openFeed } from './feed.ts';

const TICK_MS = 1_000;

interface News {
  readonly statuses: readonly StationStatus[];
  /** When they came, by the core's clock. */
  readonly asOfMs: number;
}

/** @param onRefused the core answered that nobody is signed in any more */
export function useStations(onRefused: () => void) {
  const [news, setNews] = useState<News>();
  const [connection, setConnection] = useState<Connection>({ state: 'connecting' });
  const [offsetMs, setOffsetMs] = useState(0);
  const [tickMs, setTickMs] = useState(Date.now);
  const [feed, setFeed] = useState<Feed>();

  useEffect(() => {
    let clockOffsetMs = 0;
    const opened = openFeed({
      onStatuses: (statuses) => setNews({ statuses, asOfMs: Date.now() + clockOffsetMs }),
      onConnection: (now) => {
        setConnection(now);
        if (now.state === 'refused') onRefused();
      },
      onClock: (measuredMs) => {
        clockOffsetMs = measuredMs;
        setOffsetMs(measuredMs);
      },
    });
    setFeed(opened);
    return opened.close;
  }, []);

  useEffect(() => {
    const timer = setInterval(() => setTickMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);

  return { news, connection, nowMs: tickMs + offsetMs, retryNow: () => feed?.retryNow() };
}

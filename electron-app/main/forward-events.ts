/**
 * Tells the window what happens at the station, at the pace of an eye: a burst of changes is one message, and of a
 * packet's progress only the latest is told.
 */
import type { Station } from '@enroute/edge-agent/station.ts';
import { CHANNELS, type UploadProgress } from '../shared-api.ts';

const EVERY_MS = 150;

/** @returns ends it. */
export function forwardEvents(events: Station['events'], send: (channel: string, value?: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let changed = false;
  const latest = new Map<string, UploadProgress>();

  function flush(): void {
    timer = undefined;
    for (const progress of latest.values()) send(CHANNELS.progress, progress);
    latest.clear();
    if (changed) send(CHANNELS.changed);
    changed = false;
  }
  function soon(): void {
    timer ??= setTimeout(flush, EVERY_MS);
  }
  const onChanged = (): void => {
    changed = true;
    soon();
  };
  const onProgress = (progress: UploadProgress): void => {
    latest.set(progress.rid, progress);
    soon();
  };

  events.on('changed', onChanged);
  events.on('progress', onProgress);
  return () => {
    clearTimeout(timer);
    events.off('changed', onChanged);
    events.off('progress', onProgress);
  };
}

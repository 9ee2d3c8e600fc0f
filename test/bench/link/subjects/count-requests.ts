/** Counts the requests of this process, whichever of Node's two clients makes them. */
import { subscribe } from 'node:diagnostics_channel';

/** @returns how many there have been. */
export function countRequests(): () => number {
  let requests = 0;
  for (const channel of ['undici:request:create', 'http.client.request.start']) {
    subscribe(channel, () => {
      requests += 1;
    });
  }
  return () => requests;
}

/** A link that is open to everybody: it remembers how each request went, and makes who failed wait for a moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from './link.ts';

export interface OpenLink extends Link {
  /** Whether each request that was not called off went well, in order. */
  readonly went: boolean[];
  /** Why requests failed. */
  readonly failures: unknown[];
  /** Whether requests are told that they have to find out whether the link is up. */
  isProbing: boolean;
}

const WAIT_MS = 20;

export function openLink(): OpenLink {
  const went: boolean[] = [];
  const failures: unknown[] = [];
  const link: OpenLink = {
    went,
    failures,
    isProbing: false,
    use: async (_plane, signal, work) => {
      try {
        const result = await work({ isProbe: link.isProbing, signal });
        went.push(true);
        return result;
      } catch (error) {
        if (!signal.aborted) {
          went.push(false);
          failures.push(error);
          await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
        }
        throw error;
      }
    },
    acknowledged: () => undefined,
  };
  return link;
}

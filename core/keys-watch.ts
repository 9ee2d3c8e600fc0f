/**
 * On a store that several processes use, one that runs may miss that the core was given new keys: with those of before it
 * would go on signing, and could not open what is sealed for the new ones. So it looks whose the store is, and ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { areKeysOfStore, type CoreKeys } from './keys.ts';
import type { Database } from './store/store.ts';

export interface WatchKeysOptions {
  readonly keys: Pick<CoreKeys, 'signing' | 'sealing'>;
  readonly leases: Database;
  /** Told once, with ENR-OPS-008. */
  readonly onOtherKeys: (error: EnrouteError) => void;
  readonly log: Logger;
  readonly everyMs?: number;
  readonly random?: () => number;
}

const EVERY_MS = 10_000;

/** @returns ends it */
export function watchKeys({ everyMs = EVERY_MS, random = Math.random, ...options }: WatchKeysOptions) {
  const { keys, leases, onOtherKeys, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function areOurs(): Promise<boolean> {
    try {
      return await areKeysOfStore(keys, leases);
    } catch (error) {
      log.warn({ err: error }, 'whose keys the store has could not be looked up; it is tried again');
      return true;
    }
  }

  async function run(): Promise<void> {
    do await sleep(everyMs * (0.5 + random()), undefined, { signal, ref: false }).catch(() => undefined);
    while (!signal.aborted && (await areOurs()));
    if (signal.aborted) return;
    const error = new EnrouteError('ENR-OPS-008');
    log.fatal({ code: error.code }, 'the core was given other keys');
    onOtherKeys(error);
  }

  const running = run();
  return async (): Promise<void> => {
    stopping.abort();
    await running;
  };
}

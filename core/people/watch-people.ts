/** Clears away what has ended by time: sessions, sign-in links, tries. Nobody waits for it; it only keeps the store small. */
import type { Logger } from 'pino';
import type { People } from './people.ts';

/** @returns stops it, and waits until it has */
export function watchPeople(people: Pick<People, 'sweep'>, everyMs: number, log: Logger): () => Promise<void> {
  const ending = new AbortController();
  let running = Promise.resolve();
  const sweep = async (): Promise<void> => {
    try {
      const swept = await people.sweep(ending.signal);
      if (swept > 0) log.info({ swept }, 'ended sessions, links and tries cleared away');
    } catch (error) {
      log.warn({ err: error }, 'ended sessions could not be cleared away; it is tried again');
    }
  };
  const timer = setInterval(() => {
    running = running.then(sweep);
  }, everyMs);
  timer.unref();
  return async () => {
    ending.abort();
    clearInterval(timer);
    await running;
  };
}

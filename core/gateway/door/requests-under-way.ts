/** The requests that are being answered now, so that a gateway which stops can wait for them. */
import type { RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RequestsUnderWay {
  /** Whatever the listener answers is counted. */
  readonly counting: (app: RequestListener) => RequestListener;
  /** From now on each answer is the last one of its connection. */
  closeBehindAnswers(): void;
  /** Resolves when nothing is under way, or the time is up. */
  settled(withinMs: number): Promise<void>;
}

export function requestsUnderWay(): RequestsUnderWay {
  const underWay = new Set<ServerResponse>();
  const none = Promise.withResolvers<void>();
  let isClosing = false;
  return {
    counting: (app) => (request, response) => {
      underWay.add(response);
      if (isClosing) response.shouldKeepAlive = false;
      response.once('close', () => {
        underWay.delete(response);
        if (isClosing && underWay.size === 0) none.resolve();
      });
      return app(request, response);
    },
    closeBehindAnswers: () => {
      isClosing = true;
      for (const response of underWay) response.shouldKeepAlive = false;
    },
    settled: async (withinMs) => {
      if (underWay.size === 0) return;
      const enough = new AbortController();
      const timeUp = sleep(withinMs, undefined, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([none.promise, timeUp]);
      enough.abort();
    },
  };
}

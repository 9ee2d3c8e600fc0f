/**
 * The requests that are being answered now, so that a gateway which stops can wait for them. Those that come while it
 * stops are not waited for: whoever watches the gateway is still told how it stands, and all others are told at once to
 * come again.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HEALTH_PATHS } from './health-routes.ts';
import { answerAndClose } from './request-guards.ts';

export interface RequestsUnderWay {
  /** Whatever the listener answers is counted. */
  readonly counting: (app: RequestListener) => RequestListener;
  /** From now on each answer is the last one of its connection, and nothing more is begun. */
  closeBehindAnswers(): void;
  /** Resolves when nothing is under way that was begun before, or the time is up. */
  settled(withinMs: number): Promise<void>;
}

export function requestsUnderWay(): RequestsUnderWay {
  const underWay = new Set<ServerResponse>();
  const none = Promise.withResolvers<void>();
  let isClosing = false;

  const resolveWhenNone = (): void => {
    if (isClosing && underWay.size === 0) none.resolve();
  };
  return {
    counting: (app) => (request, response) => {
      if (isClosing) {
        response.shouldKeepAlive = false;
        return isAboutHealth(request) ? app(request, response) : answerAndClose(response, 503, 'ENR-WEB-002');
      }
      underWay.add(response);
      response.once('close', () => {
        underWay.delete(response);
        resolveWhenNone();
      });
      return app(request, response);
    },
    closeBehindAnswers: () => {
      isClosing = true;
      for (const response of underWay) response.shouldKeepAlive = false;
      resolveWhenNone();
    },
    settled: async (withinMs) => {
      const enough = new AbortController();
      const timeUp = sleep(withinMs, undefined, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([none.promise, timeUp]);
      enough.abort();
    },
  };
}

function isAboutHealth({ url = '' }: IncomingMessage): boolean {
  return HEALTH_PATHS.includes(url.split('?', 1)[0] ?? '');
}

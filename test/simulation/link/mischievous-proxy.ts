/**
 * A proxy between a station and its core that understands HTTP and does what proxies do: repeats a request whose answer
 * it missed, lets a later one overtake, loses answers, keeps informational answers to itself. Whom it happens to follows
 * from the seed.
 */
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Label, type Rng, rngOf } from '../people/rng.ts';

export interface MischiefSettings {
  readonly target: URL;
  readonly seed: Label;
  /** One request in so many is sent to the core twice; the station hears the second answer. */
  readonly oneDoubledIn?: number;
  /** One request in so many is held back, so that later ones overtake it. */
  readonly oneHeldIn?: number;
  readonly heldMs?: number;
  /** One answer in so many is lost: the core has done the work, and the connection breaks. */
  readonly oneAnswerLostIn?: number;
  /** Whether informational answers (1xx) get through. */
  readonly passesInformation?: boolean;
}

export interface MischievousProxy {
  readonly url: string;
  /** How often each thing was done. */
  readonly done: Readonly<Record<'requests' | 'doubled' | 'held' | 'answersLost', number>>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const HELD_MS = 200;
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

export async function startMischievousProxy(settings: MischiefSettings): Promise<MischievousProxy> {
  const { target, seed, heldMs = HELD_MS, passesInformation = false } = settings;
  const rng = rngOf('mischief', seed);
  const agent = new Agent({ keepAlive: true });
  const done = { requests: 0, doubled: 0, held: 0, answersLost: 0 };

  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    // Drawn in the order in which requests come, whatever becomes of them.
    const isDoubled = befalls(rng, settings.oneDoubledIn);
    const isHeld = befalls(rng, settings.oneHeldIn);
    const answerIsLost = befalls(rng, settings.oneAnswerLostIn);
    done.requests += 1;
    void (async () => {
      if (isHeld) {
        done.held += 1;
        await sleep(heldMs);
      }
      if (!isDoubled && !answerIsLost) {
        await forward(request, response);
        return;
      }
      const body = await buffer(request);
      if (isDoubled) {
        done.doubled += 1;
        await exchange(request, body);
      }
      const answer = await exchange(request, body);
      if (answerIsLost) {
        done.answersLost += 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, answer.headers).end(answer.body);
    })().catch(() => request.socket.destroy());
  });

  function ask(request: IncomingMessage, headers: IncomingHttpHeaders): ReturnType<typeof requestOf> {
    return requestOf(new URL(request.url ?? '/', target), { method: request.method, headers, agent });
  }

  /** As it comes, and without keeping it. */
  function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const upstream = ask(request, { ...request.headers, host: target.host });
      upstream.on('information', ({ statusCode, headers }) => {
        if (passesInformation && statusCode > 101) response.writeInformation(statusCode, headers);
      });
      upstream.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        answer.pipe(response);
        answer.on('error', reject);
        response.on('finish', resolve);
      });
      upstream.on('error', reject);
      request.on('close', () => {
        if (!request.complete) upstream.destroy();
      });
      request.pipe(upstream);
    });
  }

  async function exchange(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const headers = { ...endToEnd(request.headers), host: target.host, 'content-length': String(body.byteLength) };
    const upstream = ask(request, headers);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.on('response', resolve);
      upstream.on('error', reject);
    });
    upstream.end(body);
    const answer = await answered;
    return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body: await buffer(answer) };
  }

  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    done,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function befalls(rng: Rng, oneIn: number | undefined): boolean {
  return oneIn !== undefined && rng.below(oneIn) === 0;
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/**
 * Asks a country's service over HTTP: signed, within a deadline, on connections that are kept. Whatever goes wrong on the
 * way becomes a code. No address is taken from anywhere but the configuration: redirects are not followed.
 */
import { randomUUID } from 'node:crypto';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { type Dispatcher, Pool } from 'undici';
import { signMessage } from './message-signature.ts';
import type { Question } from './question.ts';

export interface ServiceClientOptions {
  /** The name of the stage. */
  readonly stage: string;
  readonly url: string;
  /** PEM; without it, the authorities that Node believes. */
  readonly ca?: string | undefined;
  readonly secret: string;
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
  /** Connections, and so requests at once. */
  readonly atOnce: number;
  readonly now: () => Date;
}

export type Heard =
  /** Unchecked. */
  | { readonly kind: 'answer'; readonly body: unknown }
  /** It will answer by itself. */
  | { readonly kind: 'later' }
  | { readonly kind: 'trouble'; readonly code: StatusCode; readonly detail: string };

export interface ServiceClient {
  /** Never rejects. */
  ask(questions: readonly Question[]): Promise<Heard>;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;
const CONNECT_MS = 10_000;
/** That the service may answer another time: too busy, too early, or its own trouble. */
const PASSES = new Set([408, 425, 429]);

export function openServiceClient(options: ServiceClientOptions): ServiceClient {
  const { stage, deadlineMs, ca, atOnce } = options;
  const { origin, pathname, search } = new URL(options.url);
  const target = `${pathname}${search}`;
  const pool = new Pool(origin, {
    connections: atOnce,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: Math.min(CONNECT_MS, deadlineMs), ...(ca === undefined ? {} : { ca }) },
    // The deadline below is for all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function request(questions: readonly Question[]): Promise<Heard> {
    const body = Buffer.from(JSON.stringify({ v: 1, stage, questions }));
    const signer = { keyId: stage, secret: options.secret, tag: 'enroute-question' } as const;
    const answer = await pool.request({
      method: 'POST',
      path: target,
      headers: {
        ...signMessage({ method: 'POST', target }, body, signer, options.now()),
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'x-request-id': randomUUID(),
      },
      body,
      signal: AbortSignal.timeout(deadlineMs),
    });
    return hear(answer, options.maxAnswerBytes);
  }

  return {
    ask: async (questions) => {
      try {
        return await request(questions);
      } catch (error) {
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        return isLate
          ? trouble('ENR-STG-003', `no answer in ${deadlineMs} ms`)
          : trouble('ENR-STG-001', reasonOf(error));
      }
    },
    close: () => pool.destroy(),
  };
}

async function hear({ statusCode, headers, body }: Dispatcher.ResponseData, maxBytes: number): Promise<Heard> {
  if (statusCode === 200) {
    const bytes = await readAtMost(body, maxBytes);
    if (bytes === undefined) return trouble('ENR-STG-005', `more than ${maxBytes} bytes`);
    return parse(bytes, headers);
  }
  // What else it says is for nobody; a connection whose answer is left half read is thrown away.
  await body.dump({ limit: maxBytes }).catch(() => undefined);
  if (statusCode === 202) return { kind: 'later' };
  if (PASSES.has(statusCode) || statusCode >= 500) return trouble('ENR-STG-002', `HTTP ${statusCode}`);
  return trouble('ENR-STG-004', `HTTP ${statusCode}`);
}

async function readAtMost(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the stream, and with it the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer, headers: Dispatcher.ResponseData['headers']): Heard {
  if (!/^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? '')))
    return trouble('ENR-STG-005', 'no JSON');
  try {
    return { kind: 'answer', body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return trouble('ENR-STG-005', 'broken JSON');
  }
}

function trouble(code: StatusCode, detail: string): Heard {
  return { kind: 'trouble', code, detail };
}

/** e.g. ECONNREFUSED, UND_ERR_SOCKET, CERT_HAS_EXPIRED. */
function reasonOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : 'the connection failed';
}

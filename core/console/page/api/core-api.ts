/** The page's requests to the core: one document out, one document back, or a problem that can be shown. */
import { z } from 'zod';

const ANSWER_WITHIN_MS = 30_000;

/** What the core says when it refuses; the sentences are its own. */
const refusalSchema = z.object({ error: z.string(), reason: z.string(), next: z.string() });

/** The core answered, and said no. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly next: string;
  /** How long the core asks to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(status: number, said: z.infer<typeof refusalSchema>, retryAfterMs: number | null) {
    super(`${said.error} (${status})`);
    this.status = status;
    this.code = said.error;
    this.reason = said.reason;
    this.next = said.next;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer, or none that this page understands: whether the core has done what was asked is not known. */
export class NoAnswer extends Error {}

export type Problem = Refusal | NoAnswer;

export function problemOf(error: unknown): Problem {
  return error instanceof Refusal || error instanceof NoAnswer ? error : new NoAnswer(String(error));
}

type Changing = 'POST' | 'PUT' | 'DELETE';

export interface CoreApi {
  /** @throws Refusal, NoAnswer */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** @throws Refusal, NoAnswer */
  change(method: Changing, path: string, body?: unknown): Promise<void>;
  /** A change that is answered with something. @throws Refusal, NoAnswer */
  changeFor<T>(schema: z.ZodType<T>, method: Changing, path: string, body?: unknown): Promise<T>;
}

/** @param onUnauthorised told of every 401, besides the refusal that is thrown */
export function openCoreApi(onUnauthorised: () => void = () => undefined): CoreApi {
  async function ask(method: 'GET' | Changing, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new NoAnswer(String(error));
    });
    if (response.ok) return response;
    if (response.status === 401) onUnauthorised();
    const said = refusalSchema.safeParse(await response.json().catch(() => undefined));
    if (!said.success) throw new NoAnswer(`answer ${response.status}`);
    throw new Refusal(response.status, said.data, retryAfterMs(response.headers.get('retry-after')));
  }

  async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
    const answer = schema.safeParse(await response.json().catch(() => undefined));
    if (!answer.success) throw new NoAnswer(z.prettifyError(answer.error));
    return answer.data;
  }

  return {
    get: async (path, schema) => read(await ask('GET', path), schema),
    change: async (method, path, body) => {
      await ask(method, path, body);
    },
    changeFor: async (schema, method, path, body) => read(await ask(method, path, body), schema),
  };
}

/** Retry-After comes in seconds. */
export function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : null;
}

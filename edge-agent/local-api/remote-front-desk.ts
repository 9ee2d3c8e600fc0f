/** The front desk of a station that runs in another process on this machine: its local API, asked over loopback. */
import { taskSchema } from '@enroute/shared/schemas/task.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { takeStepSchema, writeStepSchema } from '@enroute/sync/courier/steps.ts';
import { z } from 'zod';
import { helloSchema, isProof, newNonce } from './agent-proof.ts';
import { DeskFailure, failureSchema, toldFindingSchema } from './failure.ts';
import {
  decisionSchema,
  type FrontDesk,
  importedSchema,
  itemSchema,
  releasedSchema,
  reviewSchema,
  savedSchema,
  statusSchema,
  verdictSchema,
} from './front-desk.ts';

const HELLO_MS = 5_000;

const UNPROVEN =
  'another token, or another program at its address: where no agent runs, delete agent.json from the folder';

const ridAnswerSchema = z.object({ rid: z.string() });

/**
 * Each request asks first for a proof that the token is known there; until it has come, no secret leaves this process.
 * @param url of the local API, @param token that the station was started with
 * @throws from every method DeskFailure with what the station said; EnrouteError ENR-CLI-002 when it says nothing that can
 *   be read, or does not know the token.
 */
export function remoteFrontDesk(url: string, token: string): FrontDesk {
  function request(path: string, options: RequestInit): Promise<Response> {
    return fetch(new URL(path, url), { ...options, redirect: 'error' }).catch((cause: unknown) => {
      throw unusable('it does not answer', cause);
    });
  }

  async function demandProof(): Promise<void> {
    const nonce = newNonce();
    const response = await request(`hello?nonce=${nonce}`, { signal: AbortSignal.timeout(HELLO_MS) });
    const text = await response.text().catch((cause: unknown) => {
      throw unusable('it does not answer', cause);
    });
    const hello = helloSchema.safeParse(parsed(text));
    if (!hello.success || !isProof(hello.data.proof, token, nonce, url)) throw unusable(UNPROVEN);
  }

  async function ask(path: string, body?: object): Promise<Response> {
    await demandProof();
    const response = await request(path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (response.ok) return response;
    throw failureIn(parsed(await response.text())) ?? unusable(`status ${response.status}`);
  }

  async function get<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
    return readable(schema, parsed(await (await ask(path)).text()));
  }

  async function post<S extends z.ZodType>(schema: S, path: string, body: object): Promise<z.infer<S>> {
    return readable(schema, parsed(await (await ask(path, body)).text()));
  }

  async function* lines<S extends z.ZodType>(schema: S, path: string, body: object): AsyncGenerator<z.infer<S>> {
    const response = await ask(path, body);
    if (!response.body) return;
    for await (const line of linesIn(response.body)) {
      const value = parsed(line);
      const failure = failureIn(value);
      if (failure) throw failure;
      yield readable(schema, value);
    }
  }

  return {
    status: () => get(statusSchema, 'status'),
    steerLink: (order) => post(statusSchema, 'link', { order }),
    list: ({ limit, state }) => {
      const query = new URLSearchParams({ limit: String(limit), ...(state ? { state } : {}) });
      return get(z.array(itemSchema), `queue?${query}`);
    },
    show: (rid) => get(itemSchema, `packets/${encodeURIComponent(rid)}`),
    tasks: () => get(z.array(taskSchema), 'tasks'),
    check: (captureFolder, operator) => post(z.array(toldFindingSchema), 'check', { captureFolder, ...operator }),
    enrol: (order, operator) => post(savedSchema, 'enrol', { ...order, ...operator }),
    import: (order, operator) => lines(importedSchema, 'import', { ...order, ...operator }),
    saveDraft: async (order, operator) => (await post(ridAnswerSchema, 'drafts', { ...order, ...operator })).rid,
    discardDraft: async (rid, operator) => {
      await post(ridAnswerSchema, 'drafts/discard', { rid, ...operator });
    },
    review: (rid, supervisor) => post(reviewSchema, 'review', { rid, ...supervisor }),
    approve: (rids, supervisor) => post(z.array(decisionSchema), 'approve', { rids, ...supervisor }),
    reject: (rids, reason, supervisor) => post(z.array(decisionSchema), 'reject', { rids, reason, ...supervisor }),
    verify: (rid) => lines(verdictSchema, 'verify', { rid }),
    release: () => lines(releasedSchema, 'release', {}),
    exportBundle: (order) => lines(writeStepSchema, 'export', { ...order }),
    importBundles: (bundles) => lines(takeStepSchema, 'import-bundles', { bundles }),
  };
}

/** Whoever stops reading hangs up. */
async function* linesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw unusable('it ended in the midst of its answer', cause);
      });
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failureIn(value: unknown): Error | undefined {
  const told = failureSchema.safeParse(value);
  if (!told.success) return undefined;
  return told.data.error === 'ENR-AUT-001' ? unusable('another token') : new DeskFailure(told.data);
}

function readable<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unusable('its answer can not be read');
}

function unusable(detail: string, cause?: unknown): EnrouteError {
  return new EnrouteError('ENR-CLI-002', detail, cause);
}

/**
 * The documents of a station's channel: which ids there are, who writes them, and what they hold. Each has exactly one
 * writer, the station or the core, so no document is ever in conflict.
 */
import { HEARTBEAT_ID, type Heartbeat, heartbeatSchema } from '@enroute/shared/schemas/heartbeat.ts';
import { CORE_KEYS_ID, type CoreKeysDocument, coreKeysSchema } from '@enroute/shared/schemas/key-rotation.ts';
import { type Manifest, manifestId, manifestSchema } from '@enroute/shared/schemas/manifest.ts';
import { type Master, masterId, masterSchema } from '@enroute/shared/schemas/master.ts';
import { type Receipt, receiptId, receiptSchema } from '@enroute/shared/schemas/receipt.ts';
import { type Result, resultId, resultSchema } from '@enroute/shared/schemas/result.ts';
import { type Task, taskId, taskSchema } from '@enroute/shared/schemas/task.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';

/** A channel's database is named after its station. */
export function channelName(station: string): string {
  return `channel-${station}`;
}

/** Control documents are small; a larger one is refused. */
export const MAX_CHANNEL_DOC_BYTES = 16 * 1024;

export type UpDocument =
  | { readonly kind: 'manifest'; readonly body: Manifest }
  | { readonly kind: 'heartbeat'; readonly body: Heartbeat };

export type DownDocument =
  | { readonly kind: 'receipt'; readonly body: Receipt }
  | { readonly kind: 'result'; readonly body: Result }
  | { readonly kind: 'task'; readonly body: Task }
  | { readonly kind: 'master'; readonly body: Master }
  | { readonly kind: 'core-keys'; readonly body: CoreKeysDocument };

const DOWN_KINDS = ['receipt:', 'result:', 'task:', 'master:'];

/** True for the ids that the core writes. */
export function isDownId(id: string): boolean {
  return id === CORE_KEYS_ID || DOWN_KINDS.some((kind) => id.startsWith(kind));
}

/** @throws EnrouteError ENR-CHN-001 when a station does not write such ids, ENR-CHN-002 or ENR-MAN-001 on its content. */
export function parseUp(id: string, body: unknown): UpDocument {
  if (id === HEARTBEAT_ID) return { kind: 'heartbeat', body: parse(heartbeatSchema, body, 'ENR-CHN-002') };
  if (id.startsWith('manifest:')) {
    const manifest = parse(manifestSchema, body, 'ENR-MAN-001');
    if (manifestId(manifest.rid) !== id) throw new EnrouteError('ENR-MAN-001', 'id');
    return { kind: 'manifest', body: manifest };
  }
  throw new EnrouteError('ENR-CHN-001');
}

/** @throws EnrouteError ENR-CHN-001 or ENR-CHN-002 when it is not a document that a core of this version writes. */
export function parseDown(id: string, body: unknown): DownDocument {
  const document = readDown(id, body);
  if (downId(document) !== id) throw new EnrouteError('ENR-CHN-002', 'id');
  return document;
}

function readDown(id: string, body: unknown): DownDocument {
  if (id.startsWith('receipt:')) return { kind: 'receipt', body: parse(receiptSchema, body, 'ENR-CHN-002') };
  if (id.startsWith('result:')) return { kind: 'result', body: parse(resultSchema, body, 'ENR-CHN-002') };
  if (id.startsWith('task:')) return { kind: 'task', body: parse(taskSchema, body, 'ENR-CHN-002') };
  if (id.startsWith('master:')) return { kind: 'master', body: parse(masterSchema, body, 'ENR-CHN-002') };
  if (id === CORE_KEYS_ID) return { kind: 'core-keys', body: parse(coreKeysSchema, body, 'ENR-CHN-002') };
  throw new EnrouteError('ENR-CHN-001');
}

export function downId(document: DownDocument): string {
  switch (document.kind) {
    case 'receipt':
      return receiptId(document.body.rid, document.body.kind);
    case 'result':
      return resultId(document.body.rid);
    case 'task':
      return taskId(document.body.rid, document.body.number);
    case 'master':
      return masterId(document.body.kind);
    case 'core-keys':
      return CORE_KEYS_ID;
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown, code: 'ENR-CHN-002' | 'ENR-MAN-001'): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Where it does not fit, and not what stands there.
  throw new EnrouteError(code, parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
}

/** A task: what the core asks a station to do for a registration, signed by the core. */
import { z } from 'zod';
import type { KeyPair, PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import { POSITIONS } from '../enrolment/enrolment.ts';
import { coreSignatureSchema, ridSchema, stationSchema, statusCodeSchema, timeSchema } from './common.ts';

/** More than the core ever asks of one registration. */
export const MAX_TASKS = 99;

const bodySchema = z.strictObject({
  v: z.literal(1),
  rid: ridSchema,
  station: stationSchema,
  /** Counts the tasks of one registration, from 1. */
  number: z.int().min(1).max(MAX_TASKS),
  task: z.literal('CAPTURE_AGAIN'),
  /** Why, from the one table of codes. */
  code: statusCodeSchema,
  /** What is to be captured again. */
  positions: z.array(z.enum(POSITIONS)).min(1).max(POSITIONS.length),
  at: timeSchema,
  dueBy: timeSchema,
});

export const taskSchema = bodySchema.extend({ signature: coreSignatureSchema });
export type TaskBody = z.infer<typeof bodySchema>;
export type Task = z.infer<typeof taskSchema>;

export function taskId(rid: string, number: number): string {
  return `task:${rid}:${String(number).padStart(2, '0')}`;
}

export function signTask(body: TaskBody, core: KeyPair): Task {
  return { ...body, signature: { keyId: core.keyId, value: sign('task', body, core) } };
}

export function verifyTask(task: Task, core: PublicKey): boolean {
  const { signature, ...body } = task;
  return signature.keyId === core.keyId && verifySignature('task', body, signature.value, core);
}

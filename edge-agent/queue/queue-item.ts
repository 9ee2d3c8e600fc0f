/** A row of the station's queue. It names no person: who it is stands in the sealed packet only. */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { RxCollection, RxJsonSchema } from 'rxdb';
import { QUEUE_STATES, type QueueState } from './states.ts';

export interface QueueItem {
  readonly rid: string;
  readonly state: QueueState;
  readonly manifest: Manifest;
  /** When it was saved (ISO 8601, UTC, by the station's clock). */
  readonly savedAt: string;
  /** When it came into its present state. */
  readonly changedAt: string;
  /** How it ended, by the core's OUTCOME receipt. */
  readonly outcome?: { readonly state: TerminalState; readonly code: StatusCode };
  /** Why it was set aside. */
  readonly problem?: StatusCode;
}

export type QueueCollection = RxCollection<QueueItem>;

export const queueItemSchema: RxJsonSchema<QueueItem> = {
  version: 0,
  primaryKey: 'rid',
  type: 'object',
  properties: {
    rid: { type: 'string', maxLength: 29 },
    state: { type: 'string', enum: [...QUEUE_STATES], maxLength: 16 },
    manifest: {
      type: 'object',
      properties: { process: { type: 'string', enum: [...PROCESSES] } },
      additionalProperties: true,
    },
    savedAt: { type: 'string', maxLength: 24 },
    changedAt: { type: 'string', maxLength: 24 },
    outcome: {
      type: 'object',
      properties: { state: { type: 'string', enum: [...REGISTRATION_STATES] }, code: { type: 'string' } },
    },
    problem: { type: 'string' },
  },
  required: ['rid', 'state', 'manifest', 'savedAt', 'changedAt'],
  indexes: ['state', 'savedAt'],
};

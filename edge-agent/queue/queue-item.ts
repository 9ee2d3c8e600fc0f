/** A row of the station's queue. It names no person: who it is stands in the sealed packet only. */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { type Manifest, PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { RxCollection, RxJsonSchema } from 'rxdb';
import type { Rejection } from './rejection.ts';
import { QUEUE_STATES, type QueueState } from './states.ts';

export interface QueueItem {
  readonly rid: string;
  readonly state: QueueState;
  /** Of a draft: what it would be, sealed for this station itself. It is never sent. */
  readonly manifest: Manifest;
  /** When it was saved (ISO 8601, UTC, by the station's clock). */
  readonly savedAt: string;
  /** When it came into its present state. */
  readonly changedAt: string;
  /** How it ended, by the core's OUTCOME receipt. */
  readonly outcome?: { readonly state: TerminalState; readonly code: StatusCode };
  /** Why it was set aside, or sent back to the supervisor. */
  readonly problem?: StatusCode;
  /** The supervisor's refusal. */
  readonly rejection?: Rejection;
}

export type QueueCollection = RxCollection<QueueItem>;

export const queueItemSchema: RxJsonSchema<QueueItem> = {
  version: 0,
  primaryKey: 'rid',
  type: 'object',
  properties: {
    rid: { type: 'string', maxLength: 29 },
    state: { type: 'string', enum: [...QUEUE_STATES], maxLength: 20 },
    manifest: {
      type: 'object',
      properties: {
        process: { type: 'string', enum: [...PROCESSES] },
        priority: { type: 'string', enum: [...PRIORITIES], maxLength: 8 },
      },
      required: ['priority'],
      additionalProperties: true,
    },
    savedAt: { type: 'string', maxLength: 24 },
    changedAt: { type: 'string', maxLength: 24 },
    outcome: {
      type: 'object',
      properties: { state: { type: 'string', enum: [...REGISTRATION_STATES] }, code: { type: 'string' } },
    },
    problem: { type: 'string' },
    rejection: { type: 'object', additionalProperties: true },
  },
  required: ['rid', 'state', 'manifest', 'savedAt', 'changedAt'],
  indexes: ['rid', 'savedAt', ['state', 'savedAt'], ['state', 'changedAt'], ['state', 'manifest.priority', 'savedAt']],
};

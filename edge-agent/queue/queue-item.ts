/** A row of the station's queue. It names no person: who it is stands in the sealed packet only. */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { MAX_PACKET_BYTES } from '@enroute/shared/packet/format.ts';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { type Manifest, PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import type { Receipt } from '@enroute/shared/schemas/receipt.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { MigrationStrategies, RxCollection, RxJsonSchema } from 'rxdb';
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
  /**
   * Receipts count for it only when a core of this epoch gave them; any do when it is absent. Set when a core that was
   * restored from a backup is asked whether it still has the packet, and kept unless it has and knows how it ended.
   */
  readonly epoch?: string;
}

/** Whether a receipt counts for a packet, as far as it depends on which core gave it. */
export function countsFor({ epoch }: Pick<QueueItem, 'epoch'>, receipt: Pick<Receipt, 'epoch'>): boolean {
  return epoch === undefined || epoch === receipt.epoch;
}

const ON_THE_WAY: ReadonlySet<StatusCode | undefined> = new Set<StatusCode>(['ENR-LNK-006', 'ENR-LNK-007']);

/** Sound, and the core would take it: what lies between the two does not let it through. A courier can. */
export function isHeldUpOnTheWay({ state, problem }: Pick<QueueItem, 'state' | 'problem'>): boolean {
  return state === 'SET_ASIDE' && ON_THE_WAY.has(problem);
}

export type QueueCollection = RxCollection<QueueItem>;

export const queueItemSchema: RxJsonSchema<QueueItem> = {
  version: 1,
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
        packet: {
          type: 'object',
          properties: { bytes: { type: 'integer', minimum: 0, maximum: MAX_PACKET_BYTES, multipleOf: 1 } },
          required: ['bytes'],
          additionalProperties: true,
        },
      },
      required: ['priority', 'packet'],
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
    epoch: { type: 'string' },
  },
  required: ['rid', 'state', 'manifest', 'savedAt', 'changedAt'],
  indexes: [
    'rid',
    'savedAt',
    ['state', 'savedAt'],
    ['state', 'changedAt'],
    ['state', 'manifest.priority', 'savedAt'],
    ['state', 'manifest.priority', 'manifest.packet.bytes', 'savedAt'],
  ],
};

/** How rows of an older version become those of the next. */
export const queueMigrations: MigrationStrategies<QueueItem> = {
  // Nothing was added that an old row would have to have.
  1: (row) => row,
};

/**
 * The only thing that the window's page and the app's main process have in common: what the page may ask, and how it is
 * answered. Narrow on purpose; it can read, and nothing else.
 */
import type { UploadProgress } from '@enroute/edge-agent/agent/uploader.ts';
import type { Waiting } from '@enroute/edge-agent/queue/queue.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { QueueState } from '@enroute/edge-agent/queue/states.ts';
import type { Position, Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';

export type { UploadProgress };

/** Errors lose their type on the way between processes, so a failure is an answer like any other. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: StatusCode };

export interface StationView {
  readonly station: string;
  readonly link: {
    readonly up: boolean;
    readonly since: string;
    /** Why it is down, when the core itself said so. */
    readonly code: StatusCode | null;
    /** Why it is down, in English, for the support desk. */
    readonly detail: string | null;
  };
  readonly waiting: Waiting;
  readonly setAside: number;
  readonly clockOffsetMs: number | null;
}

export interface QueueRow {
  readonly rid: string;
  readonly process: Process;
  readonly urgent: boolean;
  readonly bytes: number;
  readonly savedAt: string;
  readonly state: QueueState;
  readonly outcome: NonNullable<QueueItem['outcome']> | null;
  /** Why it was set aside. */
  readonly problem: StatusCode | null;
  /** For a CORRECTION: the registration that it corrects. */
  readonly corrects: string | null;
}

export interface TaskRow {
  readonly rid: string;
  readonly code: StatusCode;
  readonly positions: readonly Position[];
  readonly dueBy: string;
}

export type ResultView = ResultContent;

type Unsubscribe = () => void;

/** `window.station` of the page. */
export interface StationApi {
  status(): Promise<Answer<StationView>>;
  /** Newest first; at most MAX_QUEUE_ROWS. */
  queue(limit: number): Promise<Answer<readonly QueueRow[]>>;
  tasks(): Promise<Answer<readonly TaskRow[]>>;
  /** The number that a registration was given; null while it has not arrived. */
  result(rid: string): Promise<Answer<ResultView | null>>;
  /** Something of the above is not what it was. */
  onChanged(listener: () => void): Unsubscribe;
  onProgress(listener: (progress: UploadProgress) => void): Unsubscribe;
}

export const API_NAME = 'station';
export const MAX_QUEUE_ROWS = 1_000;

/** Names of the messages between the two processes. */
export const CHANNELS = {
  status: 'enroute:status',
  queue: 'enroute:queue',
  tasks: 'enroute:tasks',
  result: 'enroute:result',
  changed: 'enroute:changed',
  progress: 'enroute:progress',
} as const;

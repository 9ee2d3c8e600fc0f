/**
 * The only thing that the window's page and the app's main process have in common: what the page may ask, and how it is
 * answered. Narrow on purpose: it can read what names nobody, and what a supervisor decides with their own password.
 */
import type { UploadProgress } from '@enroute/edge-agent/agent/uploader.ts';
import type { Decided } from '@enroute/edge-agent/desk/approve.ts';
import type { LinkOrder } from '@enroute/edge-agent/local-api/front-desk.ts';
import type { Waiting } from '@enroute/edge-agent/queue/queue.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { Rejection, RejectionReason } from '@enroute/edge-agent/queue/rejection.ts';
import type { QueueState } from '@enroute/edge-agent/queue/states.ts';
import type { Position, Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { Finding } from '@enroute/shared/policy/finding.ts';
import type { ResultContent } from '@enroute/shared/schemas/result.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { LinkStatus } from '@enroute/sync/link/link-status.ts';

export type { Decided, LinkOrder, RejectionReason, UploadProgress };

export interface Refusal {
  readonly ok: false;
  readonly code: StatusCode;
  /** Where the code's next step is to wait: until when (ISO 8601). */
  readonly until?: string;
}

/** Errors lose their type on the way between processes, so a failure is an answer like any other. */
export type Answer<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface StationView {
  readonly station: string;
  readonly link: LinkView;
  readonly waiting: Waiting;
  readonly awaitingApproval: number;
  readonly setAside: number;
  readonly limits: LimitsView;
  readonly clockOffsetMs: number | null;
}

export interface LinkView
  extends Pick<LinkStatus, 'state' | 'up' | 'since' | 'nextTryAt' | 'opensAt' | 'sentTodayBytes' | 'dailyBytes'> {
  /** Why it is as it is, where that has a code. */
  readonly code: StatusCode | null;
  /** The same in English, for the support desk. */
  readonly detail: string | null;
  /** How long what waits would take at the measured rate; null while nothing was measured. */
  readonly secondsLeft: number | null;
}

/** How far the station may go on without its core. */
export interface LimitsView {
  /** Enrolments until the next is refused for want of room; null where no limit is set. */
  readonly roomFor: number | null;
  /** When the core last answered; null when it never has. */
  readonly lastSyncAt: string | null;
  /** Refusals first. With a refusal among them the station takes no new enrolment. */
  readonly findings: readonly Pick<Finding, 'code' | 'weight'>[];
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
  /** The supervisor's refusal. */
  readonly rejection: Pick<Rejection, 'by' | 'reason'> | null;
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

/** A registration that waits for the supervisor. Who it is stands in none of its fields. */
export interface AwaitingRow extends Pick<QueueRow, 'rid' | 'process' | 'urgent' | 'savedAt'> {
  readonly operator: string;
}

/** Given anew with every look and every decision, and kept by nobody. */
export interface SignIn {
  readonly person: string;
  readonly password: string;
}

export interface FieldView {
  /** The name that the country's ID schema has for it. */
  readonly field: string;
  /** `language` is ISO 639-3; null for a text that does not say. */
  readonly texts: readonly { readonly language: string | null; readonly value: string }[];
}

export interface CaptureView {
  readonly position: Position;
  /** 0 to 100; null where nothing could be captured. */
  readonly quality: number | null;
  /** True when it should have been better. */
  readonly poor: boolean;
}

/** What a supervisor looks at before the decision: personal data, shown after their sign-in only. */
export interface EnrolmentView {
  readonly consent: boolean;
  readonly capturedAt: string;
  readonly demographics: readonly FieldView[];
  readonly documents: readonly { readonly name: string; readonly category: string; readonly type: string }[];
  readonly captures: readonly CaptureView[];
  /** Of whoever vouches for a child. */
  readonly introducer: readonly CaptureView[];
}

export interface Reviewed {
  readonly rid: string;
  /** What is wrong with one does not keep the others back. */
  readonly enrolment: Answer<EnrolmentView>;
}

type Unsubscribe = () => void;

/** `window.station` of the page. */
export interface StationApi {
  status(): Promise<Answer<StationView>>;
  /** Stops the link, lets it go on, or has it tried at once. */
  steerLink(order: LinkOrder): Promise<Answer<null>>;
  /** Newest first; at most MAX_QUEUE_ROWS. */
  queue(limit: number): Promise<Answer<readonly QueueRow[]>>;
  tasks(): Promise<Answer<readonly TaskRow[]>>;
  /** The number that a registration was given; null while it has not arrived. */
  result(rid: string): Promise<Answer<ResultView | null>>;
  /** Oldest first; at most MAX_DECISIONS. */
  awaiting(): Promise<Answer<readonly AwaitingRow[]>>;
  /** For a supervisor only. */
  review(rids: readonly string[], signIn: SignIn): Promise<Answer<readonly Reviewed[]>>;
  approve(rids: readonly string[], signIn: SignIn): Promise<Answer<readonly Decided[]>>;
  reject(rids: readonly string[], reason: RejectionReason, signIn: SignIn): Promise<Answer<readonly Decided[]>>;
  /** Something of the above is not what it was. */
  onChanged(listener: () => void): Unsubscribe;
  onProgress(listener: (progress: UploadProgress) => void): Unsubscribe;
}

export const API_NAME = 'station';
export const MAX_QUEUE_ROWS = 1_000;
/** As many as a supervisor can look at in one go. */
export const MAX_DECISIONS = 50;

/** Names of the messages between the two processes. */
export const CHANNELS = {
  status: 'enroute:status',
  link: 'enroute:link',
  queue: 'enroute:queue',
  tasks: 'enroute:tasks',
  result: 'enroute:result',
  awaiting: 'enroute:awaiting',
  review: 'enroute:review',
  approve: 'enroute:approve',
  reject: 'enroute:reject',
  changed: 'enroute:changed',
  progress: 'enroute:progress',
} as const;

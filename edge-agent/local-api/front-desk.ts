/**
 * What can be asked of a station from outside its process, as plain data: the one interface of the command line, whether
 * the station is open in the same process (`open-front-desk.ts`) or running in another (`remote-front-desk.ts`).
 *
 * Enrolments are handed over by path: folders and zips lie on this machine, and the station reads them itself. People sign
 * in with every call that needs them; nobody stays signed in. No answer but `review` holds anything of a person.
 */
import { MODALITIES, POSITIONS, PROCESSES, SUB_PACKETS } from '@enroute/shared/enrolment/enrolment.ts';
import { identitySchema, languagesSchema } from '@enroute/shared/packet/contents.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { LINK_STATES } from '@enroute/sync/link/link-states.ts';
import { z } from 'zod';
import type { ExportOrder } from '../courier/export-packets.ts';
import { REJECTION_REASONS, type RejectionReason } from '../queue/rejection.ts';
import { QUEUE_STATES, type QueueState } from '../queue/states.ts';
import { failureSchema, toldFindingSchema } from './failure.ts';

/** More than one asks for at once. */
export const MAX_LISTED = 1000;

const toldCodeSchema = z.object({ code: z.string(), sentence: z.string(), next: z.string() });
const stockSchema = z.object({ packets: z.number(), bytes: z.number(), oldest: z.string().nullable() });

/** How the link stands: `up` says whether the core answers, `state` what may go. Times are ISO 8601. */
const linkSchema = z.object({
  state: z.enum(LINK_STATES),
  up: z.boolean(),
  since: z.string(),
  /** Why it is as it is, in English; begins with the code where there is one. */
  reason: z.string().nullable(),
  code: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  /** When the core last answered, since the agent was started. */
  lastSuccessAt: z.string().nullable(),
  /** As measured while packets went. */
  bytesPerSecond: z.number().nullable(),
  /** How long what waits would take at that rate, were nothing to hold it back. */
  secondsLeft: z.number().nullable(),
  /** Bytes of packets that were sent today, those that were sent twice included; and how many may be. */
  sentTodayBytes: z.number(),
  dailyBytes: z.number().nullable(),
  /** When packets may go again, where the plan of the link holds them back. */
  opensAt: z.string().nullable(),
});

/** What a person does with the link: stop it, let it go on, or have it tried at once. */
export const LINK_ORDERS = ['pause', 'resume', 'try'] as const;
export type LinkOrder = (typeof LINK_ORDERS)[number];

/** How the station stands. `link` and the clock's two are null when no agent runs. */
export const statusSchema = z.object({
  station: z.string(),
  link: linkSchema.nullable(),
  /** Sealed, and not confirmed by the core. Those that await approval are among them. */
  waiting: stockSchema,
  awaitingApproval: stockSchema,
  drafts: z.number(),
  setAside: z.number(),
  limits: z.object({
    /** How many more enrolments it takes; null when nothing limits them. */
    roomFor: z.number().nullable(),
    freeBytes: z.number(),
    lastSyncAt: z.string().nullable(),
    findings: z.array(toldFindingSchema),
  }),
  /** The clock of this machine minus the core's, once the core was heard; and since when it has been seen to be wrong. */
  clockOffsetMs: z.number().nullable(),
  clockWrongSince: z.string().nullable(),
  packetsFolder: z.string(),
});
export type Status = z.infer<typeof statusSchema>;

/** A registration that the station holds; names no person. */
export const itemSchema = z.object({
  rid: z.string(),
  state: z.enum(QUEUE_STATES),
  process: z.enum(PROCESSES),
  priority: z.enum(PRIORITIES),
  operator: z.string(),
  corrects: z.string().nullable(),
  bytes: z.number(),
  digest: z.string(),
  savedAt: z.string(),
  changedAt: z.string(),
  outcome: toldCodeSchema.extend({ state: z.enum(REGISTRATION_STATES) }).nullable(),
  /** Why it was set aside, or sent back to the supervisor. */
  problem: toldCodeSchema.nullable(),
  rejection: z.object({ by: z.string(), at: z.string(), reason: z.enum(REJECTION_REASONS) }).nullable(),
});
export type Item = z.infer<typeof itemSchema>;

export const savedSchema = z.object({
  rid: z.string(),
  bytes: z.number(),
  /** A supervisor has to approve it before it goes. */
  awaitsApproval: z.boolean(),
  /** What the operator should know although it was saved. */
  findings: z.array(toldFindingSchema),
});
export type Saved = z.infer<typeof savedSchema>;

/** What became of one of several that were imported: either `saved` or `failure`. */
export const importedSchema = z.object({
  source: z.string(),
  /** The RID that the packet had where it was made. */
  sourceRid: z.string().nullable(),
  saved: savedSchema.nullable(),
  failure: failureSchema.nullable(),
});
export type Imported = z.infer<typeof importedSchema>;

/** What became of one of several that a supervisor decided on; `failure` when it could not be decided. */
export const decisionSchema = z.object({ rid: z.string(), failure: failureSchema.nullable() });
export type Decision = z.infer<typeof decisionSchema>;

/** `state` is the one in which it was found; damaged ones that had to be sent are set aside. */
export const verdictSchema = z.object({
  rid: z.string(),
  state: z.enum(QUEUE_STATES),
  damage: toldCodeSchema.extend({ detail: z.string() }).nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const releasedSchema = z.object({ rid: z.string(), bytes: z.number() });
export type Released = z.infer<typeof releasedSchema>;

const captureSchema = z.object({
  position: z.enum(POSITIONS),
  modality: z.enum(MODALITIES),
  quality: z.number(),
  exception: z.boolean(),
  forceCaptured: z.boolean(),
  retries: z.number(),
  capturedAt: z.string(),
});
export type Capture = z.infer<typeof captureSchema>;

/** What a supervisor looks at before deciding. Holds personal data. */
export const reviewSchema = z.object({
  item: itemSchema,
  /** null when the station has no copy that it can open, because approval was asked for after it was sealed. */
  contents: z
    .object({
      identity: identitySchema,
      languages: languagesSchema,
      consent: z.boolean(),
      capturedAt: z.string(),
      documents: z.array(
        z.object({
          name: z.string(),
          category: z.string(),
          type: z.string(),
          format: z.string(),
          subPacket: z.enum(SUB_PACKETS),
          bytes: z.number(),
        }),
      ),
      captures: z.array(captureSchema),
      introducerCaptures: z.array(captureSchema).nullable(),
    })
    .nullable(),
});
export type Review = z.infer<typeof reviewSchema>;

export interface Credentials {
  readonly person: string;
  readonly password: string;
}

export interface EnrolOrder {
  /** A folder as docs/capture-folder.md says. With a draft it may be null: then the draft is taken as it is. */
  readonly captureFolder: string | null;
  /** The draft that this completes or replaces. */
  readonly draft: string | null;
}

export interface ImportOrder {
  /** Folders or zips of opened MOSIP packets, one enrolment each. */
  readonly sources: readonly string[];
  /** The operator has asked the person, who consents; for packets that do not say. One that says no stays refused. */
  readonly consent: boolean;
  /** Take what is in doubt, such as a hash that does not match. */
  readonly acceptDoubts: boolean;
}

export interface ListQuery {
  readonly limit: number;
  readonly state: QueueState | null;
}

/** All methods throw what `failureOf` can tell. */
export interface FrontDesk {
  status(): Promise<Status>;
  /** @returns how the station stands then. @throws EnrouteError ENR-LNK-001 where no agent runs. */
  steerLink(order: LinkOrder): Promise<Status>;
  /** Newest first. */
  list(query: ListQuery): Promise<Item[]>;
  show(rid: string): Promise<Item>;
  /** What the core asks for, of registrations that have not ended. */
  tasks(): Promise<Task[]>;
  /** What would be refused or warned of; saves nothing. */
  check(captureFolder: string, operator: Credentials): Promise<Saved['findings']>;
  /** Refused with all findings; nothing was saved then. */
  enrol(order: EnrolOrder, operator: Credentials): Promise<Saved>;
  import(order: ImportOrder, operator: Credentials): AsyncIterable<Imported>;
  /** @returns the RID that it will have. */
  saveDraft(order: EnrolOrder, operator: Credentials): Promise<string>;
  discardDraft(rid: string, operator: Credentials): Promise<void>;
  review(rid: string, supervisor: Credentials): Promise<Review>;
  /** @param rids `all`: those that await approval, the newest thousand, in the order of their RIDs. */
  approve(rids: readonly string[] | 'all', supervisor: Credentials): Promise<Decision[]>;
  reject(rids: readonly string[], reason: RejectionReason, supervisor: Credentials): Promise<Decision[]>;
  /** @param rid of one packet; null for all. */
  verify(rid: string | null): AsyncIterable<Verdict>;
  release(): AsyncIterable<Released>;
  /** Writes what waits for the core into a courier bundle. */
  exportBundle(order: ExportOrder): AsyncIterable<WriteStep>;
  /** Takes in what the core has sent by courier. @param paths files */
  importBundles(paths: readonly string[]): AsyncIterable<TakeStep>;
}

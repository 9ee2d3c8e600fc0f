/** The documents in `leases` by which workers share the lanes. A worker writes its own, and those of the lanes that it has. */
import { LANES } from '@enroute/shared/registration/registration.ts';
import { z } from 'zod';
import { EVERY_LANE, type StageSet } from './stage-set.ts';

/** Every set of stages has lanes of its own. */
const laneLeaseSchema = z.object({
  _id: z.string(),
  _rev: z.string(),
  /** Null: given back. */
  holder: z.string().nullable(),
  fence: z.int().positive(),
  /** Grows with every sign of life. */
  beat: z.int().nonnegative(),
  /** From where the next holder must read the feed; left out at the beginning. */
  since: z.string().optional(),
});

const workerLeaseSchema = z.object({
  _id: z.string(),
  _rev: z.string(),
  /** The key of the set of stages that it runs. */
  stages: z.string().max(4_200),
  lanes: z.array(z.int().nonnegative().lt(LANES)).max(LANES),
  beat: z.int().nonnegative(),
});

export type StoredLaneLease = z.infer<typeof laneLeaseSchema>;
export type StoredWorkerLease = z.infer<typeof workerLeaseSchema>;
type Unread<Lease> = Omit<Lease, '_rev'> & { readonly _rev?: string | undefined };
export type LaneLease = Unread<StoredLaneLease>;
export type WorkerLease = Unread<StoredWorkerLease>;

const WORKER = 'worker:';
export const EVERY_WORKER = { start: WORKER, end: 'worker;' } as const;

export function laneLeaseId(stages: StageSet, lane: number): string {
  return `lane:${stages.key}:${String(lane).padStart(2, '0')}`;
}

export function laneLeaseIds(stages: StageSet): ReadonlyMap<string, number> {
  return new Map(EVERY_LANE.map((lane) => [laneLeaseId(stages, lane), lane]));
}

export function workerLeaseId(worker: string): string {
  return `${WORKER}${worker}`;
}

export function workerOf({ _id }: { readonly _id: string }): string {
  return _id.slice(WORKER.length);
}

/** @throws ZodError: who shares lanes by documents that it does not understand would take what others have. */
export function readLaneLeases(docs: readonly unknown[]): StoredLaneLease[] {
  return docs.map((doc) => laneLeaseSchema.parse(doc));
}

/** @throws ZodError */
export function readWorkerLeases(docs: readonly unknown[]): StoredWorkerLease[] {
  return docs.map((doc) => workerLeaseSchema.parse(doc));
}

/** Reads and writes the documents by which workers share lanes: those of one set of stages, and those of all workers. */
import { type Database, MAX_BATCH, type WriteResult } from '../../store/store.ts';
import {
  EVERY_WORKER,
  type LaneLease,
  laneLeaseId,
  laneLeaseIds,
  readLaneLeases,
  readWorkerLeases,
  type StoredLaneLease,
  type StoredWorkerLease,
  type WorkerLease,
} from './lease-documents.ts';
import type { StageSet } from './stage-set.ts';

export interface LaneWrite {
  readonly lane: number;
  readonly lease: Omit<LaneLease, '_id'>;
}

export interface LaneWritten extends LaneWrite {
  /** Undefined when somebody else has written it in between. */
  readonly rev: string | undefined;
}

export class LeaseRegister {
  readonly #leases: Database;
  readonly #stages: StageSet;
  readonly #lanes: ReadonlyMap<string, number>;

  constructor(leases: Database, stages: StageSet) {
    this.#leases = leases;
    this.#stages = stages;
    this.#lanes = laneLeaseIds(stages);
  }

  /** Those that were ever held. @throws StoreError; ZodError */
  async lanes(): Promise<Map<number, StoredLaneLease>> {
    const leases = readLaneLeases(await this.#leases.getMany([...this.#lanes.keys()]));
    return new Map(leases.map((lease) => [this.#lanes.get(lease._id) ?? Number.NaN, lease]));
  }

  /** Of all stages. @throws StoreError; ZodError */
  async workers(): Promise<StoredWorkerLease[]> {
    return readWorkerLeases(await this.#leases.range({ ...EVERY_WORKER, limit: MAX_BATCH }));
  }

  /** In one request. @throws StoreError: it may have been done, all or in part */
  async write(
    lanes: readonly LaneWrite[],
    worker?: WorkerLease,
  ): Promise<{ lanes: LaneWritten[]; worker?: WriteResult }> {
    const docs = lanes.map(({ lane, lease }) => ({ _id: laneLeaseId(this.#stages, lane), ...lease }));
    const results = await this.#leases.write(worker ? [...docs, worker] : docs);
    const written = lanes.map((each, index) => {
      const result = results[index];
      return { ...each, rev: result?.ok ? result.rev : undefined };
    });
    const ofWorker = worker ? results.at(-1) : undefined;
    return { lanes: written, ...(ofWorker ? { worker: ofWorker } : {}) };
  }

  /** Those that nobody has written for long. Who does write yet makes his document anew. @throws StoreError */
  async forget(workers: readonly Pick<StoredWorkerLease, '_id' | '_rev'>[]): Promise<void> {
    if (workers.length === 0) return;
    await this.#leases.write(workers.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
  }
}

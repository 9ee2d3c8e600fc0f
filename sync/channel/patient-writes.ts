/**
 * RxDB's replication can't take a write that its storage rejects, as ours does on a full disk. Read in its source (17.6)
 * and seen in tests: documents that came down are dropped while the checkpoint later moves past them, so a receipt would
 * be lost for ever; and a checkpoint that can't be written is an unhandled rejection, which ends the process, and leaves
 * a queue that never runs again.
 *
 * So the replication never hears of it: its writes wait here until the disk takes them. Waiting is not failing.
 */
import type { BulkWriteRow, RxStorageBulkWriteResponse, RxStorageInstance } from 'rxdb';
import type { RxReplicationState } from 'rxdb/plugins/replication';
import { type BackOff, fullJitter } from '../link/back-off.ts';

export interface Patience {
  readonly backOff: BackOff;
  readonly stopping: AbortSignal;
  /** Told of every write that has failed and will be tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/** RxDB's name for the write of a checkpoint, the only one whose rejection it does not catch. */
const CHECKPOINT_WRITE = 'replication-set-checkpoint';

/** To be called when the replication is made: it must be in place before the first answer comes from the link. */
export async function writePatiently<T, C>(replication: RxReplicationState<T, C>, patience: Patience): Promise<void> {
  await replication.startPromise;
  const input = replication.internalReplicationState?.input;
  if (!input) throw new Error('The replication was started and has no state: another version of RxDB?');
  input.metaInstance = patient(input.metaInstance, patience);
  input.forkInstance = patient(input.forkInstance, patience);
}

function patient<D>(instance: RxStorageInstance<D, unknown, unknown>, patience: Patience): typeof instance {
  return new Proxy(instance, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target);
      return property === 'bulkWrite' ? writeUntilTaken<D>(method, patience) : method;
    },
  });
}

type BulkWrite<D> = (rows: BulkWriteRow<D>[], context: string) => Promise<RxStorageBulkWriteResponse<D>>;

function writeUntilTaken<D>(bulkWrite: BulkWrite<D>, { backOff, stopping, onTrouble }: Patience): BulkWrite<D> {
  return async (rows, context) => {
    for (let failures = 0; ; failures += 1) {
      try {
        return await bulkWrite(rows, context);
      } catch (error) {
        if (stopping.aborted) {
          // Nobody reads the answer any more, and what was not written is fetched again after the next start.
          if (context === CHECKPOINT_WRITE) return { error: [] };
          throw error;
        }
        onTrouble(error);
        await fullJitter(failures, backOff, stopping);
      }
    }
  };
}

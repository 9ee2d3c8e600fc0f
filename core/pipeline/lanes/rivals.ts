/** Which workers may not run beside this one: a registration would have two writers at a stage that both of them run. */
import type { StoredWorkerLease } from './lease-documents.ts';
import { areDisjoint, type StageSet, stageSetOfKey } from './stage-set.ts';

/** Those whose stages are partly the same. Who writes his set in a way that is not understood here is one, too. */
export function rivalsOf(stages: StageSet, workers: readonly StoredWorkerLease[]): StoredWorkerLease[] {
  return workers.filter((worker) => {
    if (worker.stages === stages.key) return false;
    const theirs = stageSetOfKey(worker.stages);
    return !theirs || !areDisjoint(theirs, stages);
  });
}

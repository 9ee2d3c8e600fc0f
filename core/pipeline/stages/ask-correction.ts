/**
 * ask-correction: sends the station the task to capture again, and waits for it. A task that was sent stays as it is, so
 * whoever comes here once more, after a restart for instance, sends another one; only a try that is repeated finds its own,
 * which was written since the registration came to this stage.
 */
import { MAX_TASKS, type Task, taskId } from '@enroute/shared/schemas/task.ts';
import type { CoreDatabases } from '../../databases.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Doc } from '../../store/store.ts';
import { atOnce } from '../at-once.ts';
import { coreSigner } from '../core-signer.ts';
import type { Outcome } from '../outcome.ts';
import { sendDown } from '../send-down.ts';
import type { EffectStage, Work } from '../stage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a person may take to come back. */
export const DUE_DAYS = 15;
const READ_AT_ONCE = 8;

export function askCorrectionStage(databases: Pick<CoreDatabases, 'channel'>, keys: CoreKeys): EffectStage {
  const signer = coreSigner(keys);
  const task = ({ registration }: Work, number: number, now: Date, dueBy: Date) =>
    signer.task({
      v: 1,
      rid: registration._id,
      station: registration.station,
      number,
      task: 'CAPTURE_AGAIN',
      code: 'ENR-QUA-001',
      positions: registration.facts.poor ?? [],
      at: now.toISOString(),
      dueBy: dueBy.toISOString(),
    });

  return {
    name: 'ask-correction',
    kind: 'effect',
    reads: false,
    outcomes: ['park'],
    parks: ['correction'],
    perform: async (works, now) => {
      const until = new Date(now.getTime() + DUE_DAYS * DAY_MS);
      const latest = new Map<Work, Sent>();
      await atOnce(works, READ_AT_ONCE, async (work) => {
        latest.set(work, await latestTask(work));
      });
      const fresh = works.flatMap((work) => {
        const { number, dueBy } = latest.get(work) ?? NONE;
        return dueBy === undefined ? [task(work, number + 1, now, until)] : [];
      });
      await sendDown(fresh, databases);
      return works.map((work): Outcome => {
        return { kind: 'park', reason: 'correction', until: latest.get(work)?.dueBy ?? until };
      });
    },
  };

  async function latestTask({ registration }: Work): Promise<Sent> {
    const { _id: rid, station, stageSince, corrections } = registration;
    const channel = await databases.channel(station);
    const sent = await channel.range<Task & Doc>({
      start: taskId(rid, 1),
      end: `${taskId(rid, MAX_TASKS)}\u0000`,
      limit: MAX_TASKS,
    });
    const last = sent.at(-1);
    const number = Math.max(last?.number ?? 0, corrections.length);
    const isOwn = last !== undefined && stageSince !== undefined && last.at >= stageSince;
    return { number, ...(isOwn && { dueBy: new Date(last.dueBy) }) };
  }
}

interface Sent {
  /** Of the latest task; 0 when there is none. */
  readonly number: number;
  /** Of the one that this very stay at the stage has sent. */
  readonly dueBy?: Date;
}

const NONE: Sent = { number: 0 };

/** ask-correction: sends the station the task to capture again, and waits for it. */
import type { CoreDatabases } from '../../databases.ts';
import type { CoreKeys } from '../../keys.ts';
import { coreSigner } from '../core-signer.ts';
import type { Outcome } from '../outcome.ts';
import { sendDown } from '../send-down.ts';
import type { EffectStage, Work } from '../stage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a person may take to come back. */
export const DUE_DAYS = 15;

export function askCorrectionStage(databases: CoreDatabases, keys: CoreKeys): EffectStage {
  const signer = coreSigner(keys);
  const task = ({ registration }: Work, now: Date, dueBy: Date) =>
    signer.task({
      v: 1,
      rid: registration._id,
      station: registration.station,
      number: registration.corrections.length + 1,
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
    perform: async (works, now) => {
      const until = new Date(now.getTime() + DUE_DAYS * DAY_MS);
      await sendDown(
        works.map((work) => task(work, now, until)),
        databases,
      );
      return works.map((): Outcome => ({ kind: 'park', reason: 'correction', until }));
    },
  };
}

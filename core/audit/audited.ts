/**
 * What changes something is in the audit twice: that it begins, before anything was done, and what came of it, before
 * anybody is told. So no kill leaves an act without an entry. One that has begun and has no outcome is one of which the
 * audit does not know whether it was carried out: its process ended meanwhile.
 */
import { randomBytes } from 'node:crypto';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Audit, AuditNote } from './audit.ts';

/** What is begun. `requestId` holds its two entries together; it is given one where there is none. */
export type Beginning = Omit<AuditNote, 'outcome'>;

const ID_BYTES = 6;

/**
 * @param doneOf what it was done to in the end, where that says more than what was begun with
 * @throws what `work` throws. EnrouteError ENR-AUD-001 when it can't be noted, and ZodError when the note holds more than
 *   short names: when the first entry is not taken, nothing is done.
 */
export async function audited<T>(
  audit: Pick<Audit, 'note'>,
  beginning: Beginning,
  work: () => Promise<T>,
  doneOf: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  const note = named(beginning);
  await audit.note({ ...note, outcome: 'begun' });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await audit.note({ ...note, outcome: codeOf(error) });
    throw error;
  }
  await audit.note({ ...note, done: doneOf(result) ?? note.done, outcome: 'done' });
  return result;
}

/** The same for work that tells of itself step by step. Of one whose steps nobody waits for any more there is no outcome. */
export async function* auditedSteps<T>(
  audit: Pick<Audit, 'note'>,
  beginning: Beginning,
  steps: AsyncIterable<T>,
): AsyncGenerator<T> {
  const note = named(beginning);
  await audit.note({ ...note, outcome: 'begun' });
  try {
    yield* steps;
  } catch (error) {
    await audit.note({ ...note, outcome: codeOf(error) });
    throw error;
  }
  await audit.note({ ...note, outcome: 'done' });
}

/** With what something was refused, as the audit has it: whatever has no code of its own is a failure of ours. */
export function codeOf(error: unknown): StatusCode {
  return error instanceof EnrouteError ? error.code : 'ENR-WEB-002';
}

function named(beginning: Beginning): Beginning {
  return { requestId: randomBytes(ID_BYTES).toString('base64url'), ...beginning };
}

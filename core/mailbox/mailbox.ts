/**
 * How a command asks the core that runs, and what it is told in return. The embedded store belongs to one process, so the
 * two speak through files in the core's folder; a mailbox for each kind of order:
 *
 * ```
 * <mailbox>/orders/<id>.json      an order that waits; it appears whole, by a rename
 * <mailbox>/orders/<id>.working   the same while the core carries it out; what is found so at a start was cut short
 * <mailbox>/answers/<id>.ndjson   what the core says to it, line by line; the last one is `done` or `failed`
 * ```
 * What becomes of an order that was cut short is for its protocol to say. Of one mailbox, one order is carried out after the other. The folders are
 * the owner's only: whoever may write there may read the core's databases, too.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';

/** What may be ordered in a mailbox, and what is said while it is carried out. */
export interface Protocol<Order, Step> {
  /** The mailbox's own folder in the core's, e.g. "courier". */
  readonly mailbox: string;
  readonly order: z.ZodType<Order>;
  readonly step: z.ZodType<Step>;
  /** No order is larger. */
  readonly maxOrderBytes: number;
  /**
   * What becomes of an order that a stop or a crash has cut short. `begun-again`: the next start does, and to carry it out
   * twice does no harm. `given-back`: whoever gave it is told to look and to give it again (ENR-OPS-009), and one for
   * which nobody waits any more is not carried out: by then it may be the wrong thing to do.
   */
  readonly cutShort: 'begun-again' | 'given-back';
  /** Of which the rest can be left out when too much has been said. */
  readonly isDetail?: (step: Step) => boolean;
}

/** By the time at which it was made, so that orders are taken in turn. */
const ORDER_ID = /^\d{13}-[0-9a-f]{16}$/;
const WAITING = '.json';
const WORKING = '.working';

export function newOrderId(now: Date): string {
  return `${String(now.getTime()).padStart(13, '0')}-${randomBytes(8).toString('hex')}`;
}

/** When the order of this id was made, in milliseconds, by the machine's clock. */
export function orderedAt(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

export interface Mailbox {
  readonly ordersFolder: string;
  readonly answersFolder: string;
  waitingPath(id: string): string;
  workingPath(id: string): string;
  answerPath(id: string): string;
  /** The id in a file's name; undefined for another file. */
  waitingId(name: string): string | undefined;
  workingId(name: string): string | undefined;
}

/**
 * @param coreFolder the core's, in which the mailbox is
 * @throws EnrouteError ENR-CRR-014 when it is another user's.
 */
export async function openMailbox(coreFolder: string, name: string): Promise<Mailbox> {
  const base = join(coreFolder, name);
  const [ordersFolder, answersFolder] = [join(base, 'orders'), join(base, 'answers')];
  for (const made of [base, ordersFolder, answersFolder]) {
    await makePrivate(made).catch((error: unknown) => {
      throw isForbidden(error) ? new EnrouteError('ENR-CRR-014', undefined, error) : error;
    });
  }
  const idIn = (file: string, suffix: string): string | undefined => {
    const id = file.endsWith(suffix) ? file.slice(0, -suffix.length) : '';
    return ORDER_ID.test(id) ? id : undefined;
  };
  return {
    ordersFolder,
    answersFolder,
    waitingPath: (id) => join(ordersFolder, `${id}${WAITING}`),
    workingPath: (id) => join(ordersFolder, `${id}${WORKING}`),
    answerPath: (id) => join(answersFolder, `${id}.ndjson`),
    waitingId: (file) => idIn(file, WAITING),
    workingId: (file) => idIn(file, WORKING),
  };
}

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

function isForbidden(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM';
}

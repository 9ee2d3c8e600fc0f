/**
 * A backlog: people whose packets have arrived in a core, and wait. They come from as many stations as a district has, so
 * that answers go down many channels. Each is somebody else, unless the backlog has twins.
 */
import type { Enrolment, Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { z } from 'zod';

export const backlogSchema = z.object({
  /** The first person's number; the next backlog goes on behind the last. */
  from: z.int().nonnegative(),
  count: z.int().positive(),
  /** Packets as large as real ones, or of next to nothing. */
  size: z.enum(['real', 'small']),
  /** When they all came. */
  at: z.iso.datetime(),
  /** Every so many, the person is the one before again, and the packet of the one in the middle does not open. */
  troubleEvery: z.int().min(3).optional(),
});

export type Backlog = z.infer<typeof backlogSchema>;

export interface Arrival {
  readonly rid: string;
  readonly station: string;
  readonly enrolment: Enrolment;
  /** Its bytes are no packet. */
  readonly isBroken: boolean;
}

export const OPERATOR = 'amina';
export const STATIONS = Array.from({ length: 10 }, (_, index) => `${10_001 + index}10001`);
const LETTERS = 26;
const SMALL_IMAGE_BYTES = 3;

/** What becomes of a registration when nothing is lost and nothing done twice. Of twins, it does not matter who is first. */
export type Expected = 'COMPLETED' | 'FAILED' | 'one of twins';

export function expectedOf(person: number, { troubleEvery }: Pick<Backlog, 'troubleEvery'>): Expected {
  if (isBroken(person, troubleEvery)) return 'FAILED';
  return isTwin(person, troubleEvery) || isTwin(person + 1, troubleEvery) ? 'one of twins' : 'COMPLETED';
}

/** @param pattern whose captures and documents they all have */
export function arrivalOf(person: number, backlog: Backlog, pattern: Enrolment): Arrival {
  const { at, size, troubleEvery } = backlog;
  const identity = renamed(pattern.identity, isTwin(person, troubleEvery) ? person - 1 : person);
  const captured = pattern.biometrics.map((capture) => ({ ...capture, capturedAt: at }));
  const biometrics = size === 'real' ? captured : captured.map(withoutImage);
  const enrolment = { ...pattern, identity, biometrics, capturedAt: at };
  return { rid: ridOf(person, at), station: stationOf(person), enrolment, isBroken: isBroken(person, troubleEvery) };
}

/** In the order in which they came. */
export function ridsOf({ from, count, at }: Backlog): string[] {
  return Array.from({ length: count }, (_, index) => ridOf(from + index, at));
}

function isTwin(person: number, every: number | undefined): boolean {
  return every !== undefined && person % every === every - 1;
}

function isBroken(person: number, every: number | undefined): boolean {
  return every !== undefined && person % every === Math.floor(every / 2) - 1;
}

function ridOf(person: number, at: string): string {
  return formatRid(stationOf(person), Math.floor(person / STATIONS.length) + 1, new Date(at));
}

function stationOf(person: number): string {
  const station = STATIONS[person % STATIONS.length];
  if (station === undefined) throw new RangeError(`${person} is no person's number.`);
  return station;
}

function withoutImage<T extends { readonly image: Uint8Array }>(capture: T): T {
  return { ...capture, image: capture.image.subarray(0, SMALL_IMAGE_BYTES) };
}

/** De-duplication sees a person of their own: letters count in every script. */
function renamed(identity: Identity, person: number): Identity {
  const { fullName } = identity;
  const name = lettersOf(person);
  if (!Array.isArray(fullName)) return { ...identity, fullName: `${String(fullName ?? '')} ${name}` };
  return { ...identity, fullName: fullName.map((text) => ({ ...text, value: `${text.value} ${name}` })) };
}

function lettersOf(person: number): string {
  let letters = '';
  for (let rest = person; rest > 0 || letters === ''; rest = Math.floor(rest / LETTERS)) {
    letters = String.fromCharCode('a'.charCodeAt(0) + (rest % LETTERS)) + letters;
  }
  return letters;
}

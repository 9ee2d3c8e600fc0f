import type { Enrolment, FieldValue, Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { capturesOf, type Group, type Visit } from './captures.ts';
import { identityOf } from './demographics.ts';
import { documentsOf } from './documents.ts';
import { LANGUAGES } from './words.ts';

/** One visit of one invented person to a desk. `seed` and `index` say who it is: the truth that a test checks by. */
export interface SimulatedPerson {
  readonly seed: number;
  readonly index: number;
  /** 0 for the first time, then counting. */
  readonly visit: number;
  readonly station: string;
  readonly enrolment: Enrolment;
}

export interface PersonOptions {
  readonly now: Date;
  /** Center and machine, ten digits; every capture of a station is signed by the same certificate. */
  readonly station?: string;
  /** Let the prints of one group come out badly: one or more below 30, all together below 40 on the average. */
  readonly poorQuality?: Group;
}

const DEFAULT_STATION = '4200700021';

/** The person of that number in the population of that seed: always the same bytes for the same arguments. */
export async function person(seed: number, index: number, options: PersonOptions): Promise<SimulatedPerson> {
  const visit = visitOf(seed, index, 0, options.station ?? DEFAULT_STATION, options.now, options.poorQuality);
  return atDesk(visit, identityOf(seed, index, options.now));
}

export interface PeopleOptions extends PersonOptions {
  readonly seed: number;
  readonly count: number;
  /** Every so many, the one before comes again under a differently written name. */
  readonly duplicateEvery?: number;
  /** Every so many, a hand's prints are poor. */
  readonly poorQualityEvery?: number;
}

/** People one after the other, made only when asked for: a thousand of them would fill half a gigabyte. */
export async function* generatePeople(options: PeopleOptions): AsyncGenerator<SimulatedPerson> {
  let last: SimulatedPerson | undefined;
  for (let index = 0; index < options.count; index++) {
    const due = (every: number | undefined): boolean => every !== undefined && (index + 1) % every === 0;
    if (last !== undefined && due(options.duplicateEvery)) {
      last = await duplicateOf(last);
    } else {
      const poor = due(options.poorQualityEvery) ? { poorQuality: 'leftSlap' as const } : {};
      last = await person(options.seed, index, { ...options, ...poor });
    }
    yield last;
  }
}

export interface AgainOptions {
  /** When the person comes again; a day later if not said. */
  readonly now?: Date;
  readonly station?: string;
}

/** The same person enrolled again: born the same day, the same phone, new captures, the name written differently. */
export async function duplicateOf(known: SimulatedPerson, options: AgainOptions = {}): Promise<SimulatedPerson> {
  const { identity } = known.enrolment;
  const fullName = rewritten(identity.fullName, known.index + known.visit);
  return atDesk(nextVisit(known, options), { ...identity, ...(fullName === undefined ? {} : { fullName }) });
}

/** The same person's biometrics captured again, all of them well; the form stays as it was. */
export async function recaptured(known: SimulatedPerson, options: AgainOptions = {}): Promise<SimulatedPerson> {
  return atDesk(nextVisit(known, options), known.enrolment.identity);
}

const DAY_MS = 86_400_000;

function nextVisit(known: SimulatedPerson, options: AgainOptions): Visit {
  const now = options.now ?? new Date(Date.parse(known.enrolment.capturedAt) + DAY_MS);
  return visitOf(known.seed, known.index, known.visit + 1, options.station ?? known.station, now);
}

function visitOf(seed: number, index: number, visit: number, station: string, now: Date, poor?: Group): Visit {
  return { seed, index, visit, station, capturedAt: now, ...(poor === undefined ? {} : { poor }) };
}

async function atDesk(visit: Visit, identity: Identity): Promise<SimulatedPerson> {
  const { seed, index, station, capturedAt } = visit;
  const documents = await documentsOf({
    name: english(identity.fullName),
    address: english(identity.addressLine1),
    dateOfBirth: String(identity.dateOfBirth),
    issuedAt: capturedAt,
  });
  const enrolment: Enrolment = {
    identity,
    languages: LANGUAGES,
    consent: true,
    biometrics: capturesOf(visit),
    documents,
    capturedAt: capturedAt.toISOString(),
  };
  return { seed, index, visit: visit.visit, station, enrolment };
}

function english(value: FieldValue | undefined): string {
  return typeof value === 'object' ? (value.find(({ language }) => language === 'eng')?.value ?? '') : '';
}

/** Case, spacing and diacritics as another clerk might write them; taken away again, the name is the same. */
const HABITS: readonly ((name: string) => string)[] = [
  (name) => name.toUpperCase().replaceAll(' ', '  '),
  (name) => ` ${name.replaceAll('a', 'â').replaceAll('i', 'ï')}`,
  (name) => `${name.toLowerCase()} `,
];
/** Arabic has no capitals: the clerk writes the short vowels, or leaves them out. */
const FATHA = '\u064e';

function rewritten(value: FieldValue | undefined, clerk: number): FieldValue | undefined {
  if (typeof value !== 'object') return value;
  const habit = HABITS[clerk % HABITS.length] ?? ((name: string) => name);
  return value.map(({ language, value: name }) => ({
    language,
    value: language === 'ara' ? `${name.charAt(0)}${FATHA}${name.slice(1).replaceAll(' ', '  ')}` : habit(name),
  }));
}

/** What a service outside is asked: of a registration exactly what the configuration names, and nothing besides. */
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import type { Work } from '../stage.ts';

export interface Question {
  /** The same whenever the same question is asked again; to be sent back with the answer. */
  readonly key: string;
  readonly rid?: string;
  readonly process?: string;
  readonly station?: string;
  readonly center?: string;
  /** ISO 8601, UTC. */
  readonly sealedAt?: string;
  /** Fields that the person has; those that are not filled in are absent. */
  readonly identity?: Identity;
  readonly facts?: {
    readonly ageGroup?: string;
    readonly country?: Readonly<Record<string, string | number | boolean>>;
  };
}

const IDENTITY = 'identity.';
const COUNTRY = 'facts.country.';
const CENTER_DIGITS = 5;
const IN_PACKET = (name: string): boolean => name.startsWith(IDENTITY) || name === 'sealedAt';

/** Whether the packet has to be opened to ask. */
export function asksPacket(sends: readonly string[]): boolean {
  return sends.some(IN_PACKET);
}

/** @throws EnrouteError ENR-PKT-… when the packet is needed and does not open. */
export function questionOf({ registration, packets }: Work, key: string, sends: readonly string[]): Question {
  const sent = new Set(sends);
  const { _id: rid, process, station, facts } = registration;
  const { ageGroup } = facts;
  const identity = pick(sends, IDENTITY, () => readIdentity(packets().packet));
  const country = pick(sends, COUNTRY, () => facts.country ?? {});
  const asked = {
    ...(sent.has('facts.ageGroup') && ageGroup !== undefined ? { ageGroup } : {}),
    ...(country === undefined ? {} : { country }),
  };
  return {
    key,
    ...(sent.has('rid') ? { rid } : {}),
    ...(sent.has('process') ? { process } : {}),
    ...(sent.has('station') ? { station } : {}),
    ...(sent.has('center') ? { center: station.slice(0, CENTER_DIGITS) } : {}),
    ...(sent.has('sealedAt') ? { sealedAt: packets().sealedAt } : {}),
    ...(identity === undefined ? {} : { identity }),
    ...(sends.some((name) => name.startsWith('facts.')) ? { facts: asked } : {}),
  };
}

function pick<T>(
  sends: readonly string[],
  prefix: string,
  from: () => Readonly<Record<string, T>>,
): Record<string, T> | undefined {
  const names = sends.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  if (names.length === 0) return undefined;
  const all = from();
  const there = names.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name] as T] as const] : []));
  return Object.fromEntries(there);
}

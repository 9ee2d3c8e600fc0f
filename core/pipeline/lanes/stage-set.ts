/**
 * Which stages and which lanes a worker takes. A set of stages is named or is all but those named, and is compared as it
 * is written, not by the stages that this worker's code happens to have: workers of two versions, one with a stage more,
 * run beside each other while a new version is rolled out.
 */
import { LANES } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

export interface StageSet {
  readonly kind: 'only' | 'all-but';
  /** In order, each once. */
  readonly names: readonly string[];
  /** The same for the same set: "*", "!quality,uin", "packet". */
  readonly key: string;
  has(stage: string): boolean;
}

const ALL = '*';
const NOT = '!';
const STAGE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const MAX_NAMES = 64;
const LANE_SPAN = /^(\d{1,2})(?:-(\d{1,2}))?$/;

export const EVERY_STAGE: StageSet = setOf('all-but', []);
export const EVERY_LANE: readonly number[] = Array.from({ length: LANES }, (_, lane) => lane);

function setOf(kind: StageSet['kind'], given: readonly string[]): StageSet {
  const names = [...new Set(given)].sort();
  const list = names.join(',');
  const key = kind === 'only' ? list : names.length === 0 ? ALL : `${NOT}${list}`;
  return { kind, names, key, has: (stage) => names.includes(stage) === (kind === 'only') };
}

/** @returns undefined when it is no key of a set */
export function stageSetOfKey(key: string): StageSet | undefined {
  if (key === ALL) return EVERY_STAGE;
  const kind = key.startsWith(NOT) ? 'all-but' : 'only';
  const names = key.slice(kind === 'only' ? 0 : NOT.length).split(',');
  const isSound = names.length <= MAX_NAMES && names.every((name) => STAGE_NAME.test(name));
  return isSound ? setOf(kind, names) : undefined;
}

/**
 * @param text "packet,quality", or "!packet,quality" for all but these, or "*"
 * @param known the stages that there are
 * @throws EnrouteError ENR-LAN-002 on a stage that there is not; ENR-LAN-004 when it is written in another way
 */
export function parseStageSet(text: string, known: ReadonlySet<string>): StageSet {
  const set = stageSetOfKey(text.replaceAll(/\s/g, ''));
  if (!set) throw new EnrouteError('ENR-LAN-004', text);
  const unknown = set.names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new EnrouteError('ENR-LAN-002', unknown.join(', '));
  return set;
}

/** Whether no stage, of whatever version, is in both. */
export function areDisjoint(one: StageSet, other: StageSet): boolean {
  if (one.kind === 'only') return one.names.every((name) => !other.has(name));
  // Two that are all but some have a stage in common as soon as there is one that neither names.
  return other.kind === 'only' && areDisjoint(other, one);
}

/** @param text "0-15,20" @returns in order, each once @throws EnrouteError ENR-LAN-003 */
export function parseLanes(text: string): number[] {
  const lanes = text
    .replaceAll(/\s/g, '')
    .split(',')
    .flatMap((span) => lanesOfSpan(span, text));
  return [...new Set(lanes)].sort((one, other) => one - other);
}

function lanesOfSpan(span: string, text: string): number[] {
  const [, first, last = first] = LANE_SPAN.exec(span) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from > to || to >= LANES) throw new EnrouteError('ENR-LAN-003', text);
  return EVERY_LANE.slice(from, to + 1);
}

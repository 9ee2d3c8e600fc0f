import { CBEFF_POSITIONS } from '@enroute/shared/cbeff/positions.ts';
import {
  type Biometric,
  type Modality,
  modalityOf,
  POSITIONS,
  type Position,
} from '@enroute/shared/enrolment/enrolment.ts';
import { imageOf } from './images.ts';
import { rngOf } from './rng.ts';
import { payloadOf, signatureOf } from './signatures.ts';

/** The positions that are captured, and judged, together. */
export const GROUPS = {
  rightSlap: ['RIGHT_INDEX', 'RIGHT_MIDDLE', 'RIGHT_RING', 'RIGHT_LITTLE'],
  leftSlap: ['LEFT_INDEX', 'LEFT_MIDDLE', 'LEFT_RING', 'LEFT_LITTLE'],
  thumbs: ['RIGHT_THUMB', 'LEFT_THUMB'],
} as const satisfies Readonly<Record<string, readonly Position[]>>;
export type Group = keyof typeof GROUPS;

const GOOD_QUALITY = { low: 60, high: 98 } as const;
/** A face is easily captured well: a desk is content with ninety and more. */
const GOOD_FACE = { low: 90, high: 98 } as const;
/** The first half of a poor group is hardly a print, the rest is just so-so: below 40 on the average in any case. */
const BAD_QUALITY = { low: 8, high: 29 } as const;
const FAIR_QUALITY = { low: 38, high: 48 } as const;
const MAX_RETRIES = 3;

const FORMAT_TYPES: Readonly<Record<Modality, string>> = { finger: '7', face: '8', iris: '9' };

export interface Visit {
  readonly seed: number;
  readonly index: number;
  readonly visit: number;
  readonly station: string;
  readonly capturedAt: Date;
  /** The group whose prints come out badly on this visit, if any. */
  readonly poor?: Group;
}

/** All thirteen captures of one visit. */
export function capturesOf(visit: Visit): Biometric[] {
  return POSITIONS.map((position) => captureOf(visit, position));
}

function captureOf(visit: Visit, position: Position): Biometric {
  const { seed, index, station, capturedAt } = visit;
  const modality = modalityOf(position);
  const quality = qualityOf(visit, position);
  const labels = [seed, index, visit.visit, position];
  const { subtype } = CBEFF_POSITIONS[position];
  const facts = { station, modality, subtype, quality, capturedAt: capturedAt.toISOString(), labels };
  const forced = poorRank(visit, position) !== -1;
  return {
    position,
    modality,
    quality,
    capturedAt: facts.capturedAt,
    formatOwner: 'Mosip',
    formatType: FORMAT_TYPES[modality],
    level: 'Raw',
    purpose: 'Enroll',
    exception: false,
    retries: forced ? MAX_RETRIES : 1,
    forceCaptured: forced,
    signature: signatureOf(facts),
    signatureEncoding: 'base64',
    attributes: { SDK_SCORE: '0.0', PAYLOAD: payloadOf(facts), SPEC_VERSION: '0.9.5' },
    image: imageOf({ seed, index, visit: visit.visit, position, quality, capturedAt }),
    imageEncoding: 'base64url',
    imageTail: '',
  };
}

/** The place within the poor group, -1 outside it. */
function poorRank({ poor }: Visit, position: Position): number {
  return poor === undefined ? -1 : (GROUPS[poor] as readonly Position[]).indexOf(position);
}

function qualityOf(visit: Visit, position: Position): number {
  const rng = rngOf('quality', visit.seed, visit.index, visit.visit, position);
  const rank = poorRank(visit, position);
  if (visit.poor === undefined || rank === -1) {
    const good = position === 'FACE' ? GOOD_FACE : GOOD_QUALITY;
    return rng.between(good.low, good.high);
  }
  const range = rank < GROUPS[visit.poor].length / 2 ? BAD_QUALITY : FAIR_QUALITY;
  return rng.between(range.low, range.high);
}

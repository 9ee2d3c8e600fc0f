/**
 * When captures are good enough: each capture reaches the minimum, and each modality its
 * average. (In MOSIP the client asks for the average and the core for the minimum, so either lets pass what the other
 * refuses.)
 */
import { type BiometricFacts, MODALITIES, type Modality, type Position } from '../enrolment/enrolment.ts';

export interface QualityThreshold {
  /** No capture may score less. 0 to 100. */
  readonly minimum: number;
  /** All captures of the modality together, on average. 0 to 100. */
  readonly average: number;
}

export type QualityPolicy = Readonly<Record<Modality, QualityThreshold>>;

/** The averages are those of MOSIP's client, the minimum is that of its core. */
export const DEFAULT_QUALITY_POLICY: QualityPolicy = {
  finger: { minimum: 30, average: 40 },
  iris: { minimum: 30, average: 60 },
  face: { minimum: 30, average: 90 },
};

export interface QualityFinding {
  /** Lowest score by modality that was captured. */
  readonly lowest: Partial<Record<Modality, number>>;
  /** What must be captured again; empty when all is good enough. */
  readonly poor: readonly Position[];
}

type Scored = Pick<BiometricFacts, 'position' | 'modality' | 'quality' | 'exception'>;

export function judgeQuality(captures: readonly Scored[], policy: QualityPolicy): QualityFinding {
  const lowest: Partial<Record<Modality, number>> = {};
  const poor: Position[] = [];
  for (const modality of MODALITIES) {
    const scored = captures.filter((capture) => capture.modality === modality && !capture.exception);
    if (scored.length === 0) continue;
    const { minimum, average } = policy[modality];
    const scores = scored.map(({ quality }) => quality);
    lowest[modality] = Math.min(...scores);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    // Under a poor average, capturing the captures above it again would not help.
    const bar = mean < average ? average : minimum;
    poor.push(...scored.filter(({ quality }) => quality < bar).map(({ position }) => position));
  }
  return { lowest, poor };
}

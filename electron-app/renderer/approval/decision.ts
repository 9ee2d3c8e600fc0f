/** What a supervisor can decide. */
import type { RejectionReason } from '../../shared-api.ts';

export type Decision = 'APPROVE' | RejectionReason;

/** In the order in which they are offered; each at its place, so that none is forgotten. */
const ORDER = {
  DEMOGRAPHICS: 0,
  BIOMETRICS: 1,
  DOCUMENTS: 2,
  CONSENT: 3,
  OTHER: 4,
} as const satisfies Readonly<Record<RejectionReason, number>>;

export const REASONS = Object.keys(ORDER) as readonly RejectionReason[];

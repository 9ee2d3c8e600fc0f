/** The parts of an enrolment that the policy looks at: no image, no document's content. */
import type { BiometricFacts, Enrolment, Identity, Process, ScannedDocument } from '../enrolment/enrolment.ts';

export interface EnrolmentFacts {
  readonly process: Process;
  readonly consent: boolean;
  readonly identity: Identity;
  readonly biometrics: readonly BiometricFacts[];
  /** Captures of the person who vouches for a child. */
  readonly introducer?: readonly BiometricFacts[] | undefined;
  readonly documents: readonly Pick<ScannedDocument, 'category'>[];
  /** When the capture was finished (ISO 8601, UTC). Ages and validities are reckoned at this time. */
  readonly capturedAt: string;
  /** Center and machine, ten digits. */
  readonly station: string;
  /** Id of the operator at the desk. */
  readonly operator: string;
}

/** What devices captured in this session: of the person, and of the introducer if any. */
export function capturesOf(facts: Pick<EnrolmentFacts, 'biometrics' | 'introducer'>): BiometricFacts[] {
  return [...facts.biometrics, ...(facts.introducer ?? [])].filter(({ exception }) => !exception);
}

/** Of an enrolment that is still in memory, at the desk where it was made. */
export function factsOf(
  enrolment: Enrolment,
  context: Pick<EnrolmentFacts, 'process' | 'station' | 'operator'>,
): EnrolmentFacts {
  const { introducer, ...rest } = enrolment;
  return { ...rest, ...context, introducer: introducer?.biometrics };
}

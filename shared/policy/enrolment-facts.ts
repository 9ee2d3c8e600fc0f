/** The parts of an enrolment that the policy looks at: no image, no document's content, but how long they are. */
import type { Biometric, CaptureFacts, DocumentFacts, Enrolment, Identity, Process } from '../enrolment/enrolment.ts';
import type { Container } from '../packet/container.ts';
import {
  findMisfits,
  readBiometricFacts,
  readDocumentFacts,
  readIdentity,
  readIntroducerFacts,
  readMeta,
} from '../packet/contents.ts';

export interface EnrolmentFacts {
  readonly process: Process;
  readonly consent: boolean;
  readonly identity: Identity;
  readonly biometrics: readonly CaptureFacts[];
  /** Captures of the person who vouches for a child. */
  readonly introducer?: readonly CaptureFacts[] | undefined;
  readonly documents: readonly DocumentFacts[];
  /** When the capture was finished (ISO 8601, UTC). Ages and validities are reckoned at this time. */
  readonly capturedAt: string;
  /** When the packet was sealed, by the station's clock and under its signature (ISO 8601, UTC). */
  readonly sealedAt: string;
  /** Center and machine, ten digits. */
  readonly station: string;
  /** Id of the operator at the desk. */
  readonly operator: string;
}

/** Of an enrolment that is not in a packet yet. */
export interface DeskFacts extends EnrolmentFacts {
  /** Where it does not fit a packet. The core can not see such a thing: it never gets that far. */
  readonly misfits: readonly string[];
}

/** What devices captured in this session: of the person, and of the introducer if any. */
export function capturesOf(facts: Pick<EnrolmentFacts, 'biometrics' | 'introducer'>): CaptureFacts[] {
  return [...facts.biometrics, ...(facts.introducer ?? [])].filter(({ exception }) => !exception);
}

/**
 * Of an enrolment that is still in memory, at the desk where it was made.
 * @param context its `sealedAt` is now: the enrolment is sealed when nothing speaks against it
 */
export function factsOf(
  enrolment: Enrolment,
  context: Pick<EnrolmentFacts, 'process' | 'station' | 'operator' | 'sealedAt'>,
): DeskFacts {
  const { identity, consent, capturedAt, biometrics, introducer, documents } = enrolment;
  return {
    ...context,
    identity,
    consent,
    capturedAt,
    biometrics: biometrics.map(withoutImage),
    introducer: introducer?.biometrics.map(withoutImage),
    documents: documents.map(({ content, ...facts }) => ({ ...facts, contentBytes: content.byteLength })),
    misfits: findMisfits(enrolment),
  };
}

function withoutImage({ image, ...facts }: Biometric): CaptureFacts {
  return { ...facts, imageBytes: image.byteLength };
}

/**
 * Of a packet that arrived; no image and no document is unpacked.
 * @param sealedAt of the packet's header
 * @throws EnrouteError ENR-PKT-008 when the contents are not laid out as they must be
 */
export function factsOfPacket(container: Container, sealedAt: string): EnrolmentFacts {
  const { process, consent, capturedAt, station, operator } = readMeta(container);
  return {
    process,
    consent,
    capturedAt,
    sealedAt,
    station,
    operator,
    identity: readIdentity(container),
    biometrics: readBiometricFacts(container),
    introducer: readIntroducerFacts(container),
    documents: readDocumentFacts(container),
  };
}

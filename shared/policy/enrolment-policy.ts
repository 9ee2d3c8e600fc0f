/**
 * What an enrolment must be to be processed: one entry that lists the rules. The same function runs at the desk before
 * anything is saved and in the core's validate stage, so what the core would refuse never leaves the station, and the
 * operator is told the very code that the core would have given.
 */
import type { DeskFacts, EnrolmentFacts } from './enrolment-facts.ts';
import { type Finding, refusal, refusalsFirst } from './finding.ts';
import { DEFAULT_IDENTITY_SCHEMA, type IdentitySchema } from './identity-schema.ts';
import type { MasterData } from './master-data.ts';
import { DEFAULT_QUALITY_POLICY } from './quality-policy.ts';
import {
  checkCapturedAgain,
  checkFace,
  checkPositions,
  DEFAULT_MANDATORY_POSITIONS,
  type MandatoryPositions,
} from './rules/biometrics.ts';
import { type CaptureTimePolicy, checkCaptureTime, DEFAULT_CAPTURE_TIME_POLICY } from './rules/capture-time.ts';
import { checkConsent, checkFields } from './rules/consent-and-fields.ts';
import { checkDeskQuality, type DeskQualityPolicy } from './rules/desk-quality.ts';
import { checkDevices, DEFAULT_DEVICE_POLICY, type DevicePolicy } from './rules/devices.ts';
import {
  checkDocuments,
  checkExceptionProof,
  DEFAULT_DOCUMENT_POLICY,
  type DocumentPolicy,
} from './rules/documents.ts';
import { checkEmptiness } from './rules/emptiness.ts';
import { checkIntroducer, DEFAULT_INTRODUCER_POLICY, type IntroducerPolicy } from './rules/introducer.ts';
import { checkMisfits } from './rules/misfits.ts';
import { checkPeopleAndPlaces } from './rules/people-and-places.ts';
import { checkSession, DEFAULT_SESSION_POLICY, type SessionPolicy } from './rules/session.ts';

/** What a country decides, each part documented with its rule. */
export interface EnrolmentPolicy {
  readonly schema: IdentitySchema;
  readonly documents: DocumentPolicy;
  readonly mandatoryPositions: MandatoryPositions;
  readonly introducer: IntroducerPolicy;
  readonly session: SessionPolicy;
  readonly captureTime: CaptureTimePolicy;
  readonly devices: DevicePolicy;
  readonly deskQuality: DeskQualityPolicy;
}

export const DEFAULT_ENROLMENT_POLICY: EnrolmentPolicy = {
  schema: DEFAULT_IDENTITY_SCHEMA,
  documents: DEFAULT_DOCUMENT_POLICY,
  mandatoryPositions: DEFAULT_MANDATORY_POSITIONS,
  introducer: DEFAULT_INTRODUCER_POLICY,
  session: DEFAULT_SESSION_POLICY,
  captureTime: DEFAULT_CAPTURE_TIME_POLICY,
  devices: DEFAULT_DEVICE_POLICY,
  deskQuality: { thresholds: DEFAULT_QUALITY_POLICY, maxRetries: 3 },
};

type Rule = (facts: EnrolmentFacts, policy: EnrolmentPolicy) => Finding[];
type DeskRule = (facts: DeskFacts, policy: EnrolmentPolicy) => Finding[];
type MasterRule = (facts: EnrolmentFacts, policy: EnrolmentPolicy, master: MasterData) => Finding[];

const NEW_RULES: readonly Rule[] = [
  checkConsent,
  (facts, { schema }) => checkFields(facts, schema),
  (facts, { documents }) => checkDocuments(facts, documents),
  (facts, { mandatoryPositions }) => checkPositions(facts, mandatoryPositions),
  checkFace,
  checkEmptiness,
  (facts, { introducer }) => checkIntroducer(facts, introducer),
  (facts, { session }) => checkSession(facts, session),
  (facts, { captureTime }) => checkCaptureTime(facts, captureTime),
];

const CORRECTION_RULES: readonly Rule[] = [
  checkCapturedAgain,
  (facts, { documents }) => checkExceptionProof(facts, documents),
  checkEmptiness,
  (facts, { session }) => checkSession(facts, session),
  (facts, { captureTime }) => checkCaptureTime(facts, captureTime),
];

/** Only where master data is known. */
const MASTER_RULES: readonly MasterRule[] = [
  (facts, { devices }, master) => checkDevices(facts, devices, master),
  (facts, _policy, master) => checkPeopleAndPlaces(facts, master),
];

/** Asked at the desk only: see each rule for why the core does not. */
const DESK_RULES: readonly DeskRule[] = [
  (facts, { deskQuality }) => checkDeskQuality(facts, deskQuality),
  checkMisfits,
];

/**
 * What is refused in both places: all that is wrong with the enrolment, refusals first, otherwise in the order of the
 * rules; empty when there is nothing to say.
 * @param master absent when the core sent none: then its rules are not applied
 */
export function checkEnrolment(facts: EnrolmentFacts, policy: EnrolmentPolicy, master?: MasterData): Finding[] {
  return refusalsFirst(found(facts, policy, master));
}

/** At the desk: the same, and after it what is only for the desk to see to. */
export function checkAtDesk(facts: DeskFacts, policy: EnrolmentPolicy, master?: MasterData): Finding[] {
  return refusalsFirst([
    ...found(facts, policy, master),
    ...(rulesOf(facts) ? DESK_RULES.flatMap((rule) => rule(facts, policy)) : []),
  ]);
}

function found(facts: EnrolmentFacts, policy: EnrolmentPolicy, master: MasterData | undefined): Finding[] {
  const rules = rulesOf(facts);
  if (!rules) return [refusal('ENR-VAL-006', facts.process)];
  return [
    ...rules.flatMap((rule) => rule(facts, policy)),
    ...(master ? MASTER_RULES.flatMap((rule) => rule(facts, policy, master)) : []),
  ];
}

/** undefined for a process that is not offered yet. */
function rulesOf({ process }: EnrolmentFacts): readonly Rule[] | undefined {
  switch (process) {
    case 'NEW':
      return NEW_RULES;
    case 'CORRECTION':
      return CORRECTION_RULES;
    default:
      return undefined;
  }
}

/**
 * What an enrolment must be to be processed: one table that lists the rules of each process, in groups. The desk asks all
 * of them before anything is saved, each of the core's stages asks its group, so what the core would refuse never leaves
 * the station, and the operator is told the very code that the core would have given.
 */
import type { Process } from '../enrolment/enrolment.ts';
import type { DeskFacts, EnrolmentFacts } from './enrolment-facts.ts';
import { type Finding, refusalsFirst } from './finding.ts';
import { DEFAULT_IDENTITY_SCHEMA, type IdentitySchema } from './identity-schema.ts';
import type { MasterData } from './master-data.ts';
import { DEFAULT_QUALITY_POLICY } from './quality-policy.ts';
import {
  checkCapturedAgain,
  checkFace,
  checkNothingCaptured,
  checkPositions,
  checkSomethingCaptured,
  DEFAULT_MANDATORY_POSITIONS,
  type MandatoryPositions,
} from './rules/biometrics.ts';
import { type CaptureTimePolicy, checkCaptureTime, DEFAULT_CAPTURE_TIME_POLICY } from './rules/capture-time.ts';
import { type ChangePolicy, checkChangeable, checkSomeChange, DEFAULT_CHANGE_POLICY } from './rules/changes.ts';
import { checkConsent, checkFields, checkGivenFields } from './rules/consent-and-fields.ts';
import { checkDeskQuality, type DeskQualityPolicy } from './rules/desk-quality.ts';
import { checkDevices, DEFAULT_DEVICE_POLICY, type DevicePolicy } from './rules/devices.ts';
import {
  checkDocuments,
  checkExceptionProof,
  checkSomeDocument,
  DEFAULT_DOCUMENT_POLICY,
  type DocumentPolicy,
} from './rules/documents.ts';
import { checkEmptiness } from './rules/emptiness.ts';
import { checkIntroducer, DEFAULT_INTRODUCER_POLICY, type IntroducerPolicy } from './rules/introducer.ts';
import { checkMisfits } from './rules/misfits.ts';
import { checkUin } from './rules/numbers.ts';
import { checkOperator, checkPlaces } from './rules/people-and-places.ts';
import { checkSession, DEFAULT_SESSION_POLICY, type SessionPolicy } from './rules/session.ts';
import { checkSignatures, DEFAULT_SIGNATURE_POLICY, type SignaturePolicy } from './rules/signatures.ts';

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
  readonly changes: ChangePolicy;
  readonly signatures: SignaturePolicy;
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
  changes: DEFAULT_CHANGE_POLICY,
  signatures: DEFAULT_SIGNATURE_POLICY,
};

/** Whose question a rule is in the core: the packet's own contents, where and with what it was made, and by whom. */
export const RULE_GROUPS = ['packet', 'cmd', 'operator'] as const;
export type RuleGroup = (typeof RULE_GROUPS)[number];

type Check = (facts: EnrolmentFacts, policy: EnrolmentPolicy) => Finding[];
type MasterCheck = (facts: EnrolmentFacts, policy: EnrolmentPolicy, master: MasterData) => Finding[];
type DeskRule = (facts: DeskFacts, policy: EnrolmentPolicy) => Finding[];

interface Rule<C = Check> {
  readonly group: RuleGroup;
  readonly check: C;
}

const packet = (check: Check): Rule => ({ group: 'packet', check });

const consent = packet(checkConsent);
const wholeForm = packet((facts, { schema }) => checkFields(facts, schema));
const givenFields = packet((facts, { schema }) => checkGivenFields(facts, schema));
const uin = packet((facts, { introducer }) => checkUin(facts, introducer));
const changeable = packet((facts, { changes }) => checkChangeable(facts, changes));
const someChange = packet((facts, { changes }) => checkSomeChange(facts, changes));
const documents = packet((facts, policy) => checkDocuments(facts, policy.documents));
const someDocument = packet(checkSomeDocument);
const exceptionProof = packet((facts, policy) => checkExceptionProof(facts, policy.documents));
const positions = packet((facts, { mandatoryPositions }) => checkPositions(facts, mandatoryPositions));
const face = packet(checkFace);
const somethingCaptured = packet(checkSomethingCaptured);
const nothingCaptured = packet(checkNothingCaptured);
const capturedAgain = packet(checkCapturedAgain);
const emptiness = packet(checkEmptiness);
const signatures = packet((facts, policy) => checkSignatures(facts, policy.signatures));
const introducer = packet((facts, policy) => checkIntroducer(facts, policy.introducer));
const captureTime = packet((facts, policy) => checkCaptureTime(facts, policy.captureTime));
const session: Rule = { group: 'cmd', check: (facts, policy) => checkSession(facts, policy.session) };

/** Of any process whose captures were made at a desk. */
const CAPTURES: readonly Rule[] = [emptiness, signatures, session, captureTime];

const RULES: Readonly<Record<Process, readonly Rule[]>> = {
  NEW: [
    ...[consent, wholeForm, documents, positions, face],
    ...[emptiness, signatures, introducer, session, captureTime],
  ],
  CORRECTION: [capturedAgain, exceptionProof, ...CAPTURES],
  // The captures show that it is this person who came, and take the place of the earlier ones.
  UPDATE: [consent, uin, givenFields, changeable, somethingCaptured, exceptionProof, introducer, ...CAPTURES],
  RES_UPDATE: [
    consent,
    uin,
    givenFields,
    changeable,
    someChange,
    nothingCaptured,
    someDocument,
    emptiness,
    captureTime,
  ],
  // Without the number, the person is found by what a new one would give.
  LOST: [consent, wholeForm, somethingCaptured, exceptionProof, introducer, ...CAPTURES],
  ACTIVATE: [consent, uin, changeable, somethingCaptured, exceptionProof, ...CAPTURES],
  // Often the person is dead, and others ask for it: a paper says why.
  DEACTIVATE: [uin, changeable, someDocument, ...CAPTURES],
};

/** Only where master data is known. */
const MASTER_RULES: readonly Rule<MasterCheck>[] = [
  { group: 'cmd', check: (facts, { devices }, master) => checkDevices(facts, devices, master) },
  { group: 'cmd', check: (facts, _policy, master) => checkPlaces(facts, master) },
  { group: 'operator', check: (facts, _policy, master) => checkOperator(facts, master) },
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

/** The part of it that one stage of the core asks. All groups together say what `checkEnrolment` says. */
export function checkGroup(
  group: RuleGroup,
  facts: EnrolmentFacts,
  policy: EnrolmentPolicy,
  master?: MasterData,
): Finding[] {
  return refusalsFirst(found(facts, policy, master, group));
}

/** At the desk: the same, and after it what is only for the desk to see to. */
export function checkAtDesk(facts: DeskFacts, policy: EnrolmentPolicy, master?: MasterData): Finding[] {
  return refusalsFirst([...found(facts, policy, master), ...DESK_RULES.flatMap((rule) => rule(facts, policy))]);
}

function found(
  facts: EnrolmentFacts,
  policy: EnrolmentPolicy,
  master: MasterData | undefined,
  group?: RuleGroup,
): Finding[] {
  const isAsked = (rule: Pick<Rule, 'group'>): boolean => group === undefined || rule.group === group;
  const own = RULES[facts.process].filter(isAsked).flatMap(({ check }) => check(facts, policy));
  if (!master) return own;
  return [...own, ...MASTER_RULES.filter(isAsked).flatMap(({ check }) => check(facts, policy, master))];
}

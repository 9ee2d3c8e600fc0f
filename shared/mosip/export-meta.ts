import { CBEFF_POSITIONS } from '../cbeff/positions.ts';
import type { Biometric, Enrolment, Position, ScannedDocument } from '../enrolment/enrolment.ts';
import type { ExportContext } from './export.ts';
import { mosipNameOf } from './process-names.ts';
import type { HashSequence } from './schema.ts';

const CENTER_DIGITS = 5;

interface Sequences {
  readonly data: HashSequence;
  readonly operations: HashSequence;
}

type Label = { readonly label: string; readonly value: string | null };

/**
 * `packet_meta_info.json`. `creationDate` is when the capture was finished: MOSIP makes the packet at that moment, and
 * reckons ages by it.
 */
export function metaInfoOf(
  enrolment: Enrolment,
  documents: readonly ScannedDocument[],
  context: ExportContext,
  sequences: Sequences,
): object {
  const { rid, station } = context;
  const creationDate = enrolment.capturedAt;
  const metaData: Label[] = [
    { label: 'registrationId', value: rid },
    { label: 'registrationType', value: mosipNameOf(context.process) },
    { label: 'creationDate', value: creationDate },
    { label: 'centerId', value: station.slice(0, CENTER_DIGITS) },
    { label: 'machineId', value: station.slice(CENTER_DIGITS) },
    { label: 'consentOfApplicant', value: enrolment.consent ? 'Yes' : 'No' },
    { label: 'langCodes', value: JSON.stringify(enrolment.languages) },
  ];
  const operationsData: Label[] = [
    { label: 'officerId', value: context.operator },
    { label: 'officerBiometricFileName', value: null },
    { label: 'supervisorId', value: context.supervisor ?? null },
    { label: 'supervisorBiometricFileName', value: null },
  ];
  return {
    identity: {
      registrationId: rid,
      creationDate,
      metaData,
      operationsData,
      biometrics: byField(enrolment, captureInfo),
      exceptionBiometrics: byField(enrolment, exceptionInfo),
      documents: documents.map(({ name, category, owner }) => ({
        documentName: name,
        documentCategory: category,
        documentOwner: owner,
        refNumber: null,
      })),
      capturedRegisteredDevices: [],
      hashSequence1: sequences.data,
      hashSequence2: sequences.operations,
    },
  };
}

type Info = (biometric: Biometric, index: number) => object | undefined;

function byField({ biometrics, introducer }: Enrolment, info: Info): object {
  return {
    individualBiometrics: byAttribute(biometrics, info),
    ...(introducer === undefined ? {} : { introducerBiometrics: byAttribute(introducer.biometrics, info) }),
  };
}

function byAttribute(biometrics: readonly Biometric[], info: Info): object {
  const infos = biometrics.map((one, index) => [attributeOf(one.position), info(one, index)] as const);
  return Object.fromEntries(infos.filter(([, value]) => value !== undefined));
}

/** The metadata call an iris an eye, other than the list of configured attributes in the CBEFF file. */
const EYES: Partial<Record<Position, string>> = { LEFT_IRIS: 'leftEye', RIGHT_IRIS: 'rightEye' };

function attributeOf(position: Position): string {
  return EYES[position] ?? CBEFF_POSITIONS[position].attribute;
}

/** `BIRIndex`: the capture's place in the CBEFF file, from 0. */
function captureInfo({ exception, retries, forceCaptured }: Biometric, index: number): object | undefined {
  return exception ? undefined : { numRetry: retries, forceCaptured, BIRIndex: String(index) };
}

function exceptionInfo({ exception, modality, position }: Biometric): object | undefined {
  return exception ? { type: modality, missingBiometric: attributeOf(position), reason: null } : undefined;
}

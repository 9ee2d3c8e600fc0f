/**
 * Whether a capture bears its device's signature, where the country demands one. Here only that there is one is looked at:
 * whose it is can be told by nobody without the device makers' certificates.
 */
import type { CaptureFacts } from '../../enrolment/enrolment.ts';
import { capturesOf, type EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';

export interface SignaturePolicy {
  readonly demanded: boolean;
}

/** Captures of MOSIP's older clients and of capture folders bear none. */
export const DEFAULT_SIGNATURE_POLICY: SignaturePolicy = { demanded: false };

/** A JWS in compact form; its middle is empty where the payload is kept apart. */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/;

export function checkSignatures(facts: EnrolmentFacts, { demanded }: SignaturePolicy): Finding[] {
  return demanded ? capturesOf(facts).filter(isUnsigned).map(refuseUnsigned) : [];
}

function isUnsigned({ signature }: CaptureFacts): boolean {
  return !COMPACT_JWS.test(signature);
}

function refuseUnsigned({ position }: CaptureFacts): Finding {
  return refusal('ENR-VAL-025', position);
}

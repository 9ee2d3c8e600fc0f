/** How a failure is told outside the station's process: its code, a sentence, the next step, and all that was found. */
import { CbeffError } from '@enroute/shared/cbeff/errors.ts';
import { type Finding as ImportFinding, MosipError } from '@enroute/shared/mosip/findings.ts';
import type { Finding } from '@enroute/shared/policy/finding.ts';
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { CaptureFolderError } from '../import/capture-folder.ts';
import { FolderError } from '../import/folder-files.ts';

/** A finding with the words of its code. `note`: only says what was done. */
export const toldFindingSchema = z.object({
  code: z.string(),
  weight: z.enum(['refuse', 'warn', 'note']),
  detail: z.string(),
  sentence: z.string(),
  next: z.string(),
});
export type ToldFinding = z.infer<typeof toldFindingSchema>;

export const failureSchema = z.object({
  /** ENR-…, or MOSIP_…, FOLDER_…, CAPTURE_…, CBEFF_… about what was handed over. */
  error: z.string(),
  reason: z.string(),
  next: z.string(),
  detail: z.string().optional(),
  findings: z.array(toldFindingSchema).optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** A failure that is told as it stands: one with findings, or one that another process has told. */
export class DeskFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.error}: ${failure.reason}`);
    this.name = 'DeskFailure';
    this.failure = failure;
  }
}

export function toldCode(code: StatusCode): { code: StatusCode; sentence: string; next: string } {
  return { code, ...describeStatus(code) };
}

export function toldFinding({ code, weight, detail }: Finding): ToldFinding {
  return { code, weight, detail, ...describeStatus(code) };
}

const ASK_FOR_CONSENT = 'Ask the person; if they consent, import it again with --consent.';
const ACCEPT_DOUBTS = 'Ask whoever made the packet; to take it all the same, import it again with --accept-doubts.';

/** @param accepted the operator takes what is in doubt. */
export function toldImportFinding({ code, weight, about, sentence }: ImportFinding, accepted: boolean): ToldFinding {
  if (weight === 'note') return { code, weight: 'note', detail: about, sentence, next: 'Nothing.' };
  if (code === 'MOSIP_CONSENT_UNKNOWN')
    return { code, weight: 'refuse', detail: about, sentence, next: ASK_FOR_CONSENT };
  return accepted
    ? { code, weight: 'warn', detail: about, sentence, next: 'Nothing. It was taken with this doubt.' }
    : { code, weight: 'refuse', detail: about, sentence, next: ACCEPT_DOUBTS };
}

/** Refusals first, then warnings, then notes; otherwise in the order in which they were found. */
export function byWeight(findings: readonly ToldFinding[]): ToldFinding[] {
  return (['refuse', 'warn', 'note'] as const).flatMap((weight) => findings.filter((one) => one.weight === weight));
}

/** @param findings refusals first. @throws DeskFailure with all of them when one refuses. */
export function demandNoRefusal(findings: readonly ToldFinding[]): void {
  const first = findings.find(({ weight }) => weight === 'refuse');
  if (!first) return;
  const { code, sentence, next, detail } = first;
  throw new DeskFailure({ error: code, reason: sentence, next, detail, findings: [...findings] });
}

/** @returns undefined for an error that nobody foresaw: what it says may hold anything. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof DeskFailure) return error.failure;
  if (error instanceof EnrouteError) return failureOfCode(error.code, error.detail);
  const next = nextOf(error);
  // These four speak of files and fields, and never quote what stands in them.
  return next !== undefined && error instanceof Error && 'code' in error
    ? { error: String(error.code), reason: error.message, next }
    : undefined;
}

export function failureOfCode(code: StatusCode, detail?: string): Failure {
  const { sentence, next } = describeStatus(code);
  return { error: code, reason: sentence, next, ...(detail ? { detail } : {}) };
}

function nextOf(error: unknown): string | undefined {
  if (error instanceof FolderError)
    return error.code === 'FOLDER_EMPTY'
      ? 'Check the path. A capture folder is not imported: enroute station enrol <capture-folder>.'
      : 'Check the path, and whether the station may read what lies there.';
  if (error instanceof CaptureFolderError)
    return 'Correct the capture software; docs/capture-folder.md says what it is.';
  if (error instanceof MosipError) return 'Ask for the packet again from whoever made it.';
  if (error instanceof CbeffError) return 'Have the biometrics written again; this file can not be read.';
  return undefined;
}

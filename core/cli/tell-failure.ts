/** Why a command of the core failed, for the administrator: as the station tells it, code and sentence, then what to do. */
import { CbeffError } from '@enroute/shared/cbeff/errors.ts';
import { MosipError } from '@enroute/shared/mosip/findings.ts';
import { describeStatus } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import { z } from 'zod';

const ASK_SUPPORT = 'Tell the support desk and give them this code; the packet itself is kept.';

/** @returns what the process is to end with */
export function tellFailure(err: (text: string) => void, error: unknown): number {
  err(`${failureText(error)}\n`);
  return 1;
}

function failureText(error: unknown): string {
  if (error instanceof EnrouteError) {
    const { sentence, next } = describeStatus(error.code);
    const detail = error.detail ? ` (${error.detail})` : '';
    return `${error.code}: ${sentence}${detail}\n  ${next}`;
  }
  // These two name the place and quote nothing of it.
  if (error instanceof MosipError || error instanceof CbeffError)
    return `${error.code}: ${error.message}\n  ${ASK_SUPPORT}`;
  if (error instanceof z.ZodError) return z.prettifyError(error);
  // JSON.parse quotes what it could not read, and that may be anything.
  return error instanceof Error && !(error instanceof SyntaxError) ? error.message : errorLine(error);
}

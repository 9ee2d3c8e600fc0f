/** Which failures of a store file mean that what is in it can't be trusted, and how they are told. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { sqliteCode } from '@enroute/sync/disk/guarded-sqlite.ts';

const DAMAGED: StatusCode = 'ENR-STN-010';
const UNWRITABLE: StatusCode = 'ENR-STN-006';

const SQLITE_IOERR = 10;
/** SQLite primary result codes that speak of the content and not of the disk or of another process: CORRUPT, NOTADB. */
const DAMAGE_CODES = new Set([11, 26]);
/** What `node:sqlite` says of a number that JavaScript can't hold; no number that was written is as large. */
const OUT_OF_RANGE = 'ERR_OUT_OF_RANGE';

/** @param detail what is wrong, with no content of any document. */
export function damage(detail: string, cause?: unknown): EnrouteError {
  return new EnrouteError(DAMAGED, detail, cause);
}

export function isDamage(error: unknown): boolean {
  if (error instanceof EnrouteError) return error.code === DAMAGED;
  const code = sqliteCode(error);
  if (code !== undefined && DAMAGE_CODES.has(code)) return true;
  return (error as { code?: unknown } | null)?.code === OUT_OF_RANGE;
}

/** The error as the station knows it: damage and a failing disk get their codes, everything else stays what it is. */
export function storeError(error: unknown): Error {
  if (error instanceof EnrouteError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isDamage(cause)) return damage(cause.message, cause);
  if (sqliteCode(cause) === SQLITE_IOERR) return new EnrouteError(UNWRITABLE, cause.message, cause);
  return cause;
}

/** What PouchDB says when SQLite refuses a write, as a code that the desk understands. */
export function writeRefusal(error: unknown): EnrouteError {
  const { reason, message } = error as { reason?: unknown; message?: unknown };
  const detail = String(reason ?? message ?? error);
  return new EnrouteError(/disk is full/.test(detail) ? 'ENR-STN-001' : UNWRITABLE, detail, error);
}

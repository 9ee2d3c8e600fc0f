/**
 * What of an error may stand in a log, on a terminal or in a crash report. Errors carry more than they show: requests with
 * credentials, the text that could not be parsed, the document that was refused. So nothing that is attached to an error
 * is taken over, and a message only from whoever is known not to quote: this house's own errors, and the operating
 * system's. Of a library's plain error the message is kept without what stands in quotes; of any other, type, code and
 * the lines of code that it came from have to do.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

export interface ErrorSummary {
  readonly type: string;
  readonly code?: string | number;
  readonly message?: string;
  /** The lines of code, without the message that V8 puts before them. */
  readonly stack?: readonly string[];
  readonly cause?: ErrorSummary;
}

const OWN_ERRORS: ReadonlySet<string> = new Set(['LinkError', 'StoreError', 'CouchError']);
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_-]{0,63}$/;
const FRAME = /^\s+at \S.*(?::\d+|<anonymous>|native)\)?$/;
const MAX_MESSAGE_CHARACTERS = 500;
const MAX_FRAMES = 12;
const MAX_CAUSES = 4;

export function summariseError(error: unknown, causes = MAX_CAUSES): ErrorSummary {
  if (!(error instanceof Error)) return { type: `not an error: ${typeof error}` };
  const message = messageOf(error);
  const stack = framesOf(error);
  return {
    type: NAME.test(error.name) ? error.name : 'Error',
    ...codeOf(error),
    ...(message === undefined ? {} : { message: message.slice(0, MAX_MESSAGE_CHARACTERS) }),
    ...(stack.length > 0 ? { stack } : {}),
    ...(error.cause !== undefined && causes > 0 ? { cause: summariseError(error.cause, causes - 1) } : {}),
  };
}

/** The same in one line, without the lines of code. */
export function errorLine(error: unknown): string {
  const { type, code, message } = summariseError(error);
  return message ?? (code === undefined ? type : `${type} ${code}`);
}

function messageOf(error: Error): string | undefined {
  if (error instanceof EnrouteError || OWN_ERRORS.has(error.name)) return error.message;
  if (error instanceof z.ZodError) return issuesOf(error);
  if ('syscall' in error && typeof error.syscall === 'string') return error.message;
  // From the first quote to the last: what is quoted may have quotes in it.
  if (Object.getPrototypeOf(error) === Error.prototype) return error.message.replace(/["'`“‘«].*["'`”’»]/s, '…');
  return undefined;
}

/** Where the shape was wrong and how. Neither what stood there nor what it was called, if no schema calls it so. */
function issuesOf({ issues }: z.ZodError): string {
  return issues
    .map(({ code, path }) => `${code} at ${path.map(String).filter(isFieldName).join('.') || 'root'}`)
    .join(', ');
}

function isFieldName(part: string): boolean {
  return NAME.test(part) || /^\d{1,6}$/.test(part);
}

function codeOf(error: Error): { code?: string | number } {
  const code: unknown = 'code' in error ? error.code : undefined;
  const isCode = typeof code === 'number' || (typeof code === 'string' && CODE.test(code));
  return isCode ? { code } : {};
}

/** From the end up to the first line that is no frame: a message may have lines that look like one. */
function framesOf({ stack }: Error): string[] {
  const lines = typeof stack === 'string' ? stack.split('\n') : [];
  const lastOther = lines.findLastIndex((line) => !FRAME.test(line));
  return lines
    .slice(lastOther + 1)
    .map((line) => line.trim())
    .slice(0, MAX_FRAMES);
}

/**
 * A process's log: JSON lines in a file. A disk that takes no more lines costs lines, and nothing else. Of an error only
 * its summary is written, wherever in a line it stands: nothing that a library has attached to it.
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { errorLine, summariseError } from './error-summary.ts';

/** @param path its folder must be there; written to at once, so that a crash loses no line before it. */
export function openLogFile(path: string): Logger {
  const destination = pino.destination({ dest: path, sync: true });
  // Without a listener a full disk would end the process, in the very moment in which it must hold on.
  destination.on('error', () => undefined);
  return openLog(destination);
}

/** The same log, for another place than a file. */
export function openLog(destination: DestinationStream, level: LoggerOptions['level'] = 'info'): Logger {
  return pino(
    {
      base: null,
      level,
      // pino's own would copy whatever is attached; what is logged was made plain before it comes here.
      serializers: { err: plain },
      formatters: { log: (fields) => plain(fields) as Record<string, unknown> },
      hooks: {
        // For a line without words pino would take the error's.
        logMethod(args, method) {
          const [first, words, ...rest] = args as unknown[] as [unknown, ...string[]];
          if (first instanceof Error) return method.call(this, { err: first }, words ?? errorLine(first), ...rest);
          const err: unknown = (first as { err?: unknown } | undefined)?.err;
          if (words === undefined && err instanceof Error) return method.call(this, first as object, errorLine(err));
          return method.apply(this, args);
        },
      },
    },
    destination,
  );
}

const MAX_DEPTH = 4;

/** Errors, however deep in plain objects and lists, become their summaries. */
function plain(value: unknown, depth = MAX_DEPTH): unknown {
  if (value instanceof Error) return summariseError(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.map((one) => plain(one, depth - 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one, depth - 1)]));
}

/** A process's log: JSON lines in a file. A disk that takes no more lines costs lines, and nothing else. */
import { type Logger, pino } from 'pino';

/** @param path its folder must be there; written to at once, so that a crash loses no line before it. */
export function openLogFile(path: string): Logger {
  const destination = pino.destination({ dest: path, sync: true });
  // Without a listener a full disk would end the process, in the very moment in which it must hold on.
  destination.on('error', () => undefined);
  return pino({ base: null }, destination);
}

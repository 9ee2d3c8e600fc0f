/** A progress bar on the error output while someone is looking; nothing otherwise. */
import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Progress {
  /** Makes way for a line of the answer; the bar comes back below it. */
  clear(): void;
  /** One more is done. */
  step(): void;
  stop(): void;
}

/** @param total how many there are; undefined when nobody knows, and then they are only counted */
export function showProgress({ screen }: Terminal, what: string, total?: number): Progress {
  if (!screen) return { clear: () => undefined, step: () => undefined, stop: () => undefined };
  const format =
    total === undefined ? `${what}  {value}  {duration_formatted}` : `${what}  {bar}  {value}/{total}  {eta_formatted}`;
  const bar = new SingleBar({ format, stream: screen, clearOnComplete: true, hideCursor: true, barsize: 30 });
  bar.start(total ?? 0, 0);
  return {
    clear: () => {
      screen.cursorTo(0);
      screen.clearLine(0);
    },
    step: () => bar.increment(),
    stop: () => bar.stop(),
  };
}

/**
 * The end of an exchange that goes on and never comes to one. Bytes that move put it off, by what the slowest link takes for
 * them: so a large answer on a slow link has its time, and what comes by a byte a minute has not.
 */

export interface Deadline {
  /** Ends it: there will be no more. */
  stop(): void;
}

/**
 * @param deadlineMs without a byte moved
 * @param movingMs so much more there is by now
 */
export function startDeadline(deadlineMs: number, movingMs: () => number, onOver: () => void): Deadline {
  const begun = performance.now();
  const leftMs = (): number => deadlineMs + movingMs() - (performance.now() - begun);
  const look = (): void => {
    const ms = leftMs();
    if (ms <= 0) onOver();
    else timer = setTimeout(look, Math.ceil(ms));
  };
  let timer = setTimeout(look, deadlineMs);
  return { stop: () => clearTimeout(timer) };
}

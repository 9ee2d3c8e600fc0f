/** Notices when nothing moves any more. An operating system goes on believing in a dead connection for many minutes. */

export interface StallWatch {
  /** Something moved: the wait begins anew, unless it is held. */
  moved(): void;
  /** Nothing is expected to move until {@link release}, whatever does. */
  hold(): void;
  /** The wait begins anew. */
  release(): void;
  /** Ends the watch for good. */
  stop(): void;
}

/** @param patienceMs asked whenever a wait begins: how long nothing may move from now on. */
export function watchForStall(patienceMs: () => number, onStall: () => void): StallWatch {
  let timer: NodeJS.Timeout | undefined;
  let state: 'watching' | 'held' | 'stopped' = 'watching';
  const moved = (): void => {
    clearTimeout(timer);
    if (state === 'watching') timer = setTimeout(onStall, patienceMs());
  };
  const become = (next: typeof state): void => {
    if (state !== 'stopped') state = next;
    moved();
  };
  moved();
  return {
    moved,
    hold: () => become('held'),
    release: () => become('watching'),
    stop: () => become('stopped'),
  };
}

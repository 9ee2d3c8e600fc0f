/** Notices when nothing moves any more. An operating system goes on believing in a dead connection for many minutes. */

export interface StallWatch {
  /** Something moved: the wait begins anew. */
  moved(): void;
  /** Nothing is expected to move until it does again. */
  hold(): void;
  /** Ends the watch for good. */
  stop(): void;
}

/** @param patienceMs asked whenever a wait begins: how long nothing may move from now on. */
export function watchForStall(patienceMs: () => number, onStall: () => void): StallWatch {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const hold = (): void => clearTimeout(timer);
  const moved = (): void => {
    hold();
    if (!stopped) timer = setTimeout(onStall, patienceMs());
  };
  moved();
  return {
    moved,
    hold,
    stop: () => {
      stopped = true;
      hold();
    },
  };
}

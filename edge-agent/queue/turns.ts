/** One thing at a time with each registration: whoever looks at it and then writes must not meet another who does the same. */
export interface Turns {
  /** Does it when all that was asked for before it, of this RID, is done. */
  take<T>(rid: string, work: () => Promise<T>): Promise<T>;
}

export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take: (rid, work) => {
      const done = (last.get(rid) ?? Promise.resolve()).then(work);
      const settled = done
        .catch(() => undefined)
        .then(() => {
          if (last.get(rid) === settled) last.delete(rid);
        });
      last.set(rid, settled);
      return done;
    },
  };
}

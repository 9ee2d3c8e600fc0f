/** What a page shows of the core: asked for when the page opens, and again when something was changed. */
import { useEffect, useState } from 'preact/hooks';
import { type Problem, problemOf } from './core-api.ts';

export interface Loaded<T> {
  /** What was answered last; it stays while it is asked for again. */
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  reload(): void;
}

/** @param about asked for anew whenever this is another; what was shown before goes at once */
export function useLoaded<T>(about: string, load: () => Promise<T>): Loaded<T> {
  const [answer, setAnswer] = useState<{ readonly about: string; readonly value?: T; readonly problem?: Problem }>();
  const [times, setTimes] = useState(0);

  useEffect(() => {
    let wanted = true;
    load().then(
      (value) => wanted && setAnswer({ about, value }),
      (error: unknown) =>
        // What was answered before stays in view: it may be a token that is shown only once.
        wanted && setAnswer((before) => ({ ...(before?.about === about && before), about, problem: problemOf(error) })),
    );
    return () => {
      wanted = false;
    };
  }, [about, times]);

  const current = answer?.about === about ? answer : undefined;
  return { value: current?.value, problem: current?.problem, reload: () => setTimes((before) => before + 1) };
}

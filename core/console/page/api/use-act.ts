/** Something that was asked of the core by a press: whether it is under way, and what went wrong. */
import { useState } from 'preact/hooks';
import { type Problem, problemOf } from './core-api.ts';

export interface Act {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** One at a time: a second press while the first is under way does nothing. */
  run(act: () => Promise<void>): Promise<void>;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  return {
    busy,
    problem,
    run: async (act) => {
      if (busy) return;
      setBusy(true);
      setProblem(undefined);
      try {
        await act();
      } catch (error) {
        setProblem(problemOf(error));
      } finally {
        setBusy(false);
      }
    },
  };
}

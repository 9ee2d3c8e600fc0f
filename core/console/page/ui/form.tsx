/** A form that asks the core for something, and shows what the core has against it. */
import type { ComponentChildren } from 'preact';
import type { Act } from '../api/use-act.ts';
import { ProblemNote } from './problem-note.tsx';
import { Submit } from './submit.tsx';

interface Properties {
  readonly act: Act;
  readonly onSubmit: () => Promise<void>;
  readonly submit: string;
  readonly instead?: string | undefined;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Form({ act, onSubmit, submit, instead, aside, children }: Properties) {
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void act.run(onSubmit);
      }}
    >
      {children}
      <ProblemNote problem={act.problem} instead={instead} />
      <p class="acts">
        <Submit busy={act.busy}>{submit}</Submit>
        {aside}
      </p>
    </form>
  );
}

/** Asks before something is done that others feel: a dialog that says what happens, and stays open until it has. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { ProblemNote } from './problem-note.tsx';
import { Submit } from './submit.tsx';

interface Properties {
  readonly title: string;
  readonly confirm: string;
  readonly tone?: 'main' | 'bad';
  /** What is done; where it fails the dialog stays, and says why. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({ title, confirm, tone = 'main', onConfirm, onClose, children }: Properties) {
  const { t } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const act = useAct();
  const id = useId();

  // Before the next key can come: an effect would run after the dialog is drawn, and Escape would miss it until then.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    // Closing gives the focus back to where it was.
    return () => dialog.current?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!act.busy) onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(onConfirm);
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
        <ProblemNote problem={act.problem} />
        <p class="acts">
          <Submit busy={act.busy} tone={tone}>
            {confirm}
          </Submit>
          <button type="button" class="act" disabled={act.busy} onClick={onClose}>
            {t('cancel')}
          </button>
        </p>
      </form>
    </dialog>
  );
}

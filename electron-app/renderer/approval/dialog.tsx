/** A window within the window: the rest can neither be clicked nor reached by key while it is open; Escape closes it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useSpeech } from '../language.ts';

interface Properties {
  readonly title: string;
  /** What is in it now; another step is another name. */
  readonly step: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}

export function Dialog({ title, step, children, onClose }: Properties) {
  const { t } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  useLayoutEffect(() => {
    dialog.current?.showModal();
    // At once: who opened it by key goes on typing.
    dialog.current?.querySelector('input')?.focus();
  }, []);
  // Whoever pressed a button that went with its step begins at the top of the next one.
  useEffect(() => {
    if (!dialog.current?.contains(document.activeElement)) heading.current?.focus();
  }, [step]);

  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <header>
        <h2 id="dialog-title" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="action" onClick={() => dialog.current?.close()}>
          {t('close')}
        </button>
      </header>
      {children}
    </dialog>
  );
}

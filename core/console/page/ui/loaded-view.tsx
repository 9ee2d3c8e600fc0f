import type { ComponentChildren } from 'preact';
import type { Loaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { ProblemNote } from './problem-note.tsx';

interface Properties<T> {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** What the core was asked for: on its way, here, or not to be had, with another try. */
export function LoadedView<T>({ loaded, children }: Properties<T>) {
  const { t } = useSpeech();
  const { value, problem, reload } = loaded;
  return (
    <>
      <ProblemNote problem={problem} />
      {problem && (
        <button type="button" class="act" onClick={reload}>
          {t('retryNow')}
        </button>
      )}
      {value === undefined ? !problem && <p class="quiet">{t('loading')}</p> : children(value)}
    </>
  );
}

import type { ComponentChildren } from 'preact';
import { useSpeech } from '../language.ts';

interface Properties {
  readonly busy: boolean;
  readonly tone?: 'plain' | 'main' | 'bad';
  readonly onPress?: () => void;
  readonly children: ComponentChildren;
}

/** A form's button, or one of its own. While it is at work it says so, and keeps its place and the focus. */
export function Submit({ busy, tone = 'main', onPress, children }: Properties) {
  const { t } = useSpeech();
  return (
    <button
      type={onPress ? 'button' : 'submit'}
      class="act"
      data-tone={tone}
      aria-disabled={busy}
      aria-busy={busy}
      {...(onPress && { onClick: () => busy || onPress() })}
    >
      {busy ? t('working') : children}
    </button>
  );
}

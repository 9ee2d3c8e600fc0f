import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { directionOf } from '@enroute/shared/ui/language.ts';
import { useSpeech } from './language.ts';
import { statusText } from './texts/status-text.ts';

/** A code as a person reads it: what happened, what to do next, and the code for the support desk. */
export function StatusNote({ code }: { readonly code: StatusCode }) {
  const { t, language } = useSpeech();
  const text = statusText(code, language);
  return (
    <div class="note">
      <p lang={text.language} dir={directionOf(text.language)}>
        <strong>{text.sentence}</strong> <span>{text.next}</span>
      </p>
      <p class="code">{t('code', { code })}</p>
    </div>
  );
}

import type { Refusal } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { RefusalNote } from '../refusal-note.tsx';

interface Properties {
  readonly isAsking: boolean;
  readonly refusal: Refusal | undefined;
}

/** What became of the last sign-in. Always there, as a note that comes with its sentence goes unheard. */
export function AskingNote({ isAsking, refusal }: Properties) {
  const { t } = useSpeech();
  return (
    <div class="asking" aria-live="polite">
      {isAsking && <p class="quiet">{t('checking')}</p>}
      {refusal && (
        <div class="refused">
          <RefusalNote {...refusal} />
        </div>
      )}
    </div>
  );
}

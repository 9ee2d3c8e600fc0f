import type { Refusal } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { StatusNote } from './status-note.tsx';

/** Why something was refused, and until when to wait where that is what is to be done. */
export function RefusalNote({ code, until }: Refusal) {
  const { t, format } = useSpeech();
  return (
    <>
      <StatusNote code={code} />
      {until && <p class="until">{t('lockedUntil', { time: format.time(new Date(until)) })}</p>}
    </>
  );
}

/** Someone is signed in, and a one-time link was opened: they may not have meant to. */
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { Heading } from '../ui/heading.tsx';

interface Properties {
  /** Who is signed in. */
  readonly id: string;
  readonly onFollow: () => Promise<void>;
  readonly onStay: () => Promise<void>;
}

export function LinkChoice({ id, onFollow, onStay }: Properties) {
  const { t } = useSpeech();
  const act = useAct();
  return (
    <section class="narrow">
      <Heading>{t('linkChoice')}</Heading>
      <p>{t('linkChoiceMeaning', { id })}</p>
      <p class="acts">
        <button type="button" class="act" data-tone="main" disabled={act.busy} onClick={() => void act.run(onStay)}>
          {t('stayAs', { id })}
        </button>
        <button type="button" class="act" disabled={act.busy} onClick={() => void act.run(onFollow)}>
          {t('followLink')}
        </button>
      </p>
    </section>
  );
}

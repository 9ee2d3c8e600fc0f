import type { TargetedSubmitEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Refusal, SignIn } from '../../shared-api.ts';
import { HideWhenAway } from '../hide-when-away.tsx';
import { useSpeech } from '../language.ts';
import { AskingNote } from './asking-note.tsx';
import { usePassword } from './password.ts';

interface Properties {
  /** Who signed in before. */
  readonly person: string;
  /** Whether what was looked at has gone because nobody was there. */
  readonly wasHidden: boolean;
  readonly refusal: Refusal | undefined;
  readonly isAsking: boolean;
  readonly onSignIn: (signIn: SignIn) => void;
  readonly onAway: () => void;
}

export function SignInStep({ person, wasHidden, refusal, isAsking, onSignIn, onAway }: Properties) {
  const { t } = useSpeech();
  const [name, setName] = useState(person);
  const password = usePassword();
  useEffect(() => {
    if (refusal || person) password.field.ref.current?.focus();
  }, [refusal]);

  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    onSignIn({ person: name.trim(), password: password.take() });
  }

  return (
    <form onSubmit={submit}>
      <p class="quiet">{t(wasHidden ? 'hiddenAway' : 'signInHint')}</p>
      <div class="fields">
        <label>
          {t('supervisor')}
          <input
            dir="ltr"
            autoComplete="off"
            autoCapitalize="none"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <label>
          {t('password')}
          <input dir="ltr" {...password.field} />
        </label>
      </div>
      <AskingNote isAsking={isAsking} refusal={refusal} />
      <p class="actions">
        <button type="submit" class="action primary" disabled={isAsking || name.trim() === '' || !password.isFilled}>
          {t('look')}
        </button>
      </p>
      {isAsking && <HideWhenAway onHide={onAway} />}
    </form>
  );
}

/** A new password: at the first sign-in, where no old one is known, and later from one's own account. */
import { useState } from 'preact/hooks';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useSignedIn } from './session-context.ts';

const MIN_PASSWORD_CHARACTERS = 12;

interface Properties {
  /** Whoever came by a one-time link has no old password. */
  readonly first: boolean;
  readonly onChanged: (password: string) => Promise<void>;
}

export function PasswordForm({ first, onChanged }: Properties) {
  const { t } = useSpeech();
  const { session, api } = useSignedIn();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const act = useAct();
  const short = [...to].length < MIN_PASSWORD_CHARACTERS;
  const differs = again !== to;

  return (
    <Form
      act={act}
      submit={t('changePassword')}
      onSubmit={async () => {
        setTried(true);
        if (short || differs) return;
        await api.change('PUT', '/api/session/password', first ? { to } : { from, to });
        setFrom('');
        setTo('');
        setAgain('');
        setTried(false);
        await onChanged(to);
      }}
    >
      {/* For the browser's password store, which would not know whose password it is. */}
      <input type="text" name="username" autocomplete="username" value={session.actor.id} readOnly hidden />
      {!first && (
        <Field
          label={t('oldPassword')}
          type="password"
          autoComplete="current-password"
          value={from}
          onInput={setFrom}
        />
      )}
      <Field
        label={t('newPassword')}
        hint={t('passwordHint')}
        wrong={tried && short ? t('passwordShort') : undefined}
        type="password"
        autoComplete="new-password"
        value={to}
        onInput={setTo}
      />
      <Field
        label={t('passwordAgain')}
        wrong={tried && !short && differs ? t('passwordDiffers') : undefined}
        type="password"
        autoComplete="new-password"
        value={again}
        onInput={setAgain}
      />
    </Form>
  );
}

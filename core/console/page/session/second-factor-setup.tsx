/** Sets up a second factor: it is shown as a picture and as text, and is in force once a code of it came back. */
import { useEffect, useState } from 'preact/hooks';
import { type SecondFactor, secondFactorSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { SecretText } from '../ui/secret-text.tsx';
import { useSignedIn } from './session-context.ts';

interface Properties {
  /** Asked for where it is not known from the step before. */
  readonly password?: string;
  readonly onDone: () => Promise<void>;
  readonly onLater?: () => void;
}

export function SecondFactorSetup({ password: known, onDone, onLater }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [password, setPassword] = useState('');
  const [offered, setOffered] = useState<SecondFactor>();
  const act = useAct();

  const begin = async (shown: string): Promise<void> =>
    setOffered(await api.changeFor(secondFactorSchema, 'POST', '/api/session/second-factor', { password: shown }));
  useEffect(() => {
    if (known !== undefined) void act.run(() => begin(known));
  }, []);

  const later = onLater && (
    <button type="button" class="act" onClick={onLater}>
      {t('later')}
    </button>
  );
  if (offered) return <ShowCode offered={offered} onDone={onDone} later={later} />;
  if (known !== undefined && !act.problem) return <p class="quiet">{t('loading')}</p>;
  if (known !== undefined) {
    return (
      <>
        <ProblemNote problem={act.problem} />
        {later}
      </>
    );
  }
  return (
    <Form act={act} submit={t('setUpSecondFactor')} aside={later} onSubmit={() => begin(password)}>
      <Field
        label={t('password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onInput={setPassword}
      />
    </Form>
  );
}

interface ShowCodeProperties {
  readonly offered: SecondFactor;
  readonly onDone: () => Promise<void>;
  readonly later: preact.ComponentChildren;
}

function ShowCode({ offered, onDone, later }: ShowCodeProperties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [code, setCode] = useState('');
  const act = useAct();
  return (
    <Form
      act={act}
      submit={t('switchOn')}
      aside={later}
      onSubmit={async () => {
        await api.change('PUT', '/api/session/second-factor', { code: code.replaceAll(/\s/g, '') });
        await onDone();
      }}
    >
      <p>{t('secondFactorScan')}</p>
      <QrCode text={offered.uri} name={t('secondFactorPicture')} />
      <SecretText name={t('secondFactorText')} text={offered.secret} />
      <Field
        label={t('code')}
        hint={t('codeHint')}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onInput={setCode}
      />
    </Form>
  );
}

/** One's own account: password and second factor. */
import { useState } from 'preact/hooks';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { RoleList } from '../people/role-list.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Heading } from '../ui/heading.tsx';
import { PasswordForm } from './password-form.tsx';
import { SecondFactorSetup } from './second-factor-setup.tsx';
import { useSignedIn } from './session-context.ts';

export function AccountPage() {
  const { t } = useSpeech();
  const { session, look } = useSignedIn();
  const [said, setSaid] = useState('');
  const { id, roles } = session.actor;
  return (
    <section class="narrow">
      <Heading>
        <bdi>{id}</bdi>
      </Heading>
      <p>
        <RoleList roles={roles} />
      </p>
      <p role="status">{said}</p>
      <section class="panel">
        <h2>{t('password')}</h2>
        <PasswordForm
          first={false}
          onChanged={async () => {
            setSaid(t('passwordChanged'));
          }}
        />
      </section>
      <section class="panel">
        <h2>{t('secondFactor')}</h2>
        {session.secondFactor ? (
          <TakeAway
            onDone={async () => {
              await look();
              setSaid(t('secondFactorIsOff'));
            }}
          />
        ) : (
          <>
            <p>{t('secondFactorWhy')}</p>
            <SecondFactorSetup
              onDone={async () => {
                await look();
                setSaid(t('secondFactorIsOn'));
              }}
            />
          </>
        )}
      </section>
    </section>
  );
}

function TakeAway({ onDone }: { readonly onDone: () => Promise<void> }) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const act = useAct();
  return (
    <>
      <p>{t('secondFactorOn')}</p>
      <Form
        act={act}
        submit={t('switchOff')}
        onSubmit={async () => {
          await api.change('DELETE', '/api/session/second-factor', { password, code: code.replaceAll(/\s/g, '') });
          await onDone();
        }}
      >
        <Field
          label={t('password')}
          type="password"
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
        />
        <Field
          label={t('code')}
          hint={t('codeHint')}
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onInput={setCode}
        />
      </Form>
    </>
  );
}

/** What comes before everything else: a password of one's own, then a second factor, which some roles can't do without. */
import { useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';
import { Heading } from '../ui/heading.tsx';
import { PasswordForm } from './password-form.tsx';
import { SecondFactorSetup } from './second-factor-setup.tsx';
import { useSignedIn } from './session-context.ts';

export function FirstSteps({ onDone }: { readonly onDone: () => void }) {
  const { t } = useSpeech();
  const { session, look } = useSignedIn();
  /** Known from the step before; not asked for again a moment later. */
  const [password, setPassword] = useState<string>();
  const done = async (): Promise<void> => {
    await look();
    onDone();
  };

  if (session.mustChangePassword) {
    return (
      <section key="password" class="narrow">
        <Heading>{t('firstPassword')}</Heading>
        <p>{t('firstPasswordNext', { id: session.actor.id })}</p>
        <PasswordForm
          first
          onChanged={(chosen) => {
            setPassword(chosen);
            return look();
          }}
        />
      </section>
    );
  }
  const needed = session.mustSetUpSecondFactor;
  return (
    <section key="secondFactor" class="narrow">
      <Heading>{t('secondFactor')}</Heading>
      <p>
        {t('secondFactorWhy')} {needed && t('secondFactorNeeded')}
      </p>
      <SecondFactorSetup
        {...(password !== undefined && { password })}
        {...(!needed && { onLater: () => void done() })}
        onDone={done}
      />
    </section>
  );
}

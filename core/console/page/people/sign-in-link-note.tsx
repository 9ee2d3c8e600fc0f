import type { SignInLink } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { SecretText } from '../ui/secret-text.tsx';
import { Time } from '../ui/time.tsx';

interface Properties {
  readonly id: string;
  readonly link: SignInLink;
}

/** The one-time link, which is shown here and nowhere again. */
export function SignInLinkNote({ id, link }: Properties) {
  const { t } = useSpeech();
  const text = `${location.origin}${location.pathname}#link=${encodeURIComponent(link.link)}`;
  return (
    <section class="panel" role="status">
      <h2>
        {t('linkFor')} <bdi>{id}</bdi>
      </h2>
      <p class="shown-once">{t('linkOnce')}</p>
      <SecretText name={t('signInLink')} text={text} />
      <p class="quiet">
        {t('validUntil')} <Time at={link.expiresAt} />
      </p>
    </section>
  );
}

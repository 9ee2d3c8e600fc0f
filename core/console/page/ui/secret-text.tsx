/** Something that is shown once, to be copied: a link, a secret, a token. */
import { useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';

interface Properties {
  readonly name: string;
  readonly text: string;
}

export function SecretText({ name, text }: Properties) {
  const { t } = useSpeech();
  const [said, setSaid] = useState('');

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(t('copied'));
    } catch {
      // Without TLS a browser gives no page its clipboard.
      setSaid(t('copyByHand'));
    }
  }

  return (
    <div class="secret">
      <p class="secret-name">{name}</p>
      <code dir="ltr">{text}</code>
      <p class="acts">
        <button type="button" class="act" onClick={() => void copy()}>
          {t('copy')}
        </button>
        <span role="status">{said}</span>
      </p>
    </div>
  );
}

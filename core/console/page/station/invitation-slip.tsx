/**
 * What is taken to a new station: on the screen with a button to print it, and on paper alone. The paper speaks all
 * languages, as nobody knows here which one is read there.
 */
import { directionOf, LANGUAGE_CODES } from '@enroute/shared/ui/language.ts';
import type { Invitation } from '../api/answers.ts';
import { speechIn, useSpeech } from '../language.ts';
import { QrCode } from '../ui/qr-code.tsx';
import { SecretText } from '../ui/secret-text.tsx';
import { StationNumber } from '../ui/station-number.tsx';

/** Reads the token from what is typed or scanned, so that it stands in no list of commands. */
const COMMAND = 'enroute station join -';

interface Properties {
  readonly station: string;
  readonly invitation: Invitation;
}

export function InvitationSlip({ station, invitation }: Properties) {
  const { t } = useSpeech();
  return (
    <>
      <p role="status" class="shown-once">
        {t('invitationOnce')}
      </p>
      <p class="acts">
        <button type="button" class="act" data-tone="main" onClick={() => window.print()}>
          {t('print')}
        </button>
      </p>
      <article class="slip">
        <header>
          <p class="mark">Enroute</p>
          <p class="slip-station">
            <StationNumber station={station} />
          </p>
        </header>
        <QrCode text={invitation.token} name={t('invitationPicture')} />
        <div class="slip-texts">
          {LANGUAGE_CODES.map((language) => (
            <SlipText key={language} language={language} expiresAt={invitation.expiresAt} />
          ))}
        </div>
        <code dir="ltr">{invitation.token}</code>
      </article>
      <SecretText name={t('invitationText')} text={invitation.token} />
    </>
  );
}

interface SlipTextProperties {
  readonly language: (typeof LANGUAGE_CODES)[number];
  readonly expiresAt: string;
}

function SlipText({ language, expiresAt }: SlipTextProperties) {
  const { t, format } = speechIn(language);
  return (
    <section lang={language} dir={directionOf(language)}>
      <h3>{t('slipTitle')}</h3>
      <ol>
        <li>
          {t('slipRun')} <code dir="ltr">{COMMAND}</code>
        </li>
        <li>{t('slipScan')}</li>
        <li>{t('slipDestroy')}</li>
      </ol>
      <p>
        <strong>{t('slipUntil', { time: format.dateTime(new Date(expiresAt)) })}</strong>
      </p>
    </section>
  );
}

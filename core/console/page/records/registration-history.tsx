import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import type { RegistrationView } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { hashOf } from '../shell/pages.ts';
import { StationNumber } from '../ui/station-number.tsx';
import { Time } from '../ui/time.tsx';

const TONES: Readonly<Record<RegistrationState, string>> = {
  ANNOUNCED: 'busy',
  RECEIVED: 'busy',
  IN_FLOW: 'busy',
  PARKED: 'warn',
  DEAD_LETTER: 'bad',
  COMPLETED: 'good',
  REJECTED: 'bad',
  FAILED: 'bad',
};

/** Where it stands, and every step that brought it there. */
export function RegistrationHistory({ registration }: { readonly registration: RegistrationView }) {
  const { t } = useSpeech();
  const { rid, state, station, process, history } = registration;
  return (
    <section class="panel">
      <h2>
        <bdi dir="ltr" class="rid">
          {rid}
        </bdi>
      </h2>
      <p>
        <span class="badge" data-tone={TONES[state]}>
          {t(state)}
        </span>
      </p>
      <dl class="facts">
        <dt>{t('station')}</dt>
        <dd>
          <a href={hashOf({ page: 'station', station })}>
            <StationNumber station={station} />
          </a>
        </dd>
        <dt>{t('process')}</dt>
        <dd>
          <code dir="ltr">{process}</code>
        </dd>
      </dl>
      <h3>{t('history')}</h3>
      {history.length === 0 ? (
        <p class="quiet">{t('noHistory')}</p>
      ) : (
        <ol class="history">
          {history.map(({ at, stage, outcome, code }) => (
            <li key={`${at} ${stage} ${outcome}`}>
              <Time at={at} />
              <code dir="ltr">
                {stage} · {outcome}
                {code && ` · ${code}`}
              </code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

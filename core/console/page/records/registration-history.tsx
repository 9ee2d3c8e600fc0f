import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import type { RegistrationView } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { RegistrationOrders } from '../pipeline/registration-orders.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Time } from '../ui/time.tsx';
import { RegistrationStanding } from './registration-standing.tsx';

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

interface Properties {
  readonly registration: RegistrationView;
  /** Told when it is to be looked at again. */
  readonly onChange: () => void;
}

/** Where it stands, and every step that brought it there. */
export function RegistrationHistory({ registration, onChange }: Properties) {
  const { t } = useSpeech();
  const { mayChange } = useSignedIn();
  const { rid, state, ordered, history } = registration;
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
      <RegistrationStanding registration={registration} />
      {ordered > 0 && <p class="quiet">{t('eventsWaiting')}</p>}
      {mayChange('pipeline') && <RegistrationOrders registration={registration} onChange={onChange} />}
      <h3>{t('history')}</h3>
      {history.length === 0 ? (
        <p class="quiet">{t('noHistory')}</p>
      ) : (
        <ol class="history">
          {history.map(({ at, stage, outcome, code, by }, index) => (
            // It only ever grows at its end.
            <li key={index}>
              <Time at={at} />
              <code dir="ltr">
                {stage} · {outcome}
                {code && ` · ${code}`}
                {by && ` · ${by}`}
              </code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

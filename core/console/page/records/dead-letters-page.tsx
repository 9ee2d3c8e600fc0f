/** Registrations that the pipeline has given up, and taking one up again after its cause was mended. */
import { useState } from 'preact/hooks';
import { deadLettersSchema, givenSchema } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { ManyAtOnce } from '../pipeline/many-at-once.tsx';
import { OrderNote } from '../pipeline/order-note.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { RidLink } from '../ui/rid-link.tsx';
import { StationNumber } from '../ui/station-number.tsx';
import { Time } from '../ui/time.tsx';

const DEAD_LETTERS = '/api/dead-letters';

export function DeadLettersPage() {
  const { t } = useSpeech();
  const { api, mayChange } = useSignedIn();
  const loaded = useLoaded(DEAD_LETTERS, () => api.get(DEAD_LETTERS, deadLettersSchema));
  const [asked, setAsked] = useState<string>();
  const [given, setGiven] = useState<string>();
  return (
    <section class="detail">
      <Heading>{t('deadLetters')}</Heading>
      <p>{t('deadLettersMeaning')}</p>
      {given && <OrderNote key={given} id={given} onDone={loaded.reload} />}
      <LoadedView loaded={loaded}>
        {({ letters, complete }) => (
          <>
            {!complete && <p>{t('thereMayBeMore')}</p>}
            {letters.length === 0 && complete && <p class="quiet">{t('noDeadLetters')}</p>}
            <ul class="cards">
              {letters.map(({ rid, station, stage, at, code }) => (
                <li key={rid} class="panel">
                  <h2>
                    <RidLink rid={rid} />
                  </h2>
                  <p>
                    <code dir="ltr">
                      {stage && `${stage} · `}
                      {code}
                    </code>{' '}
                    <Time at={at} />
                  </p>
                  <p class="quiet">
                    {t('station')} <StationNumber station={station} />
                  </p>
                  {mayChange('pipeline') && (
                    <p class="acts">
                      <button type="button" class="act" onClick={() => setAsked(rid)}>
                        {t('resume')}
                      </button>
                    </p>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </LoadedView>
      {mayChange('pipeline') && <ManyAtOnce onDone={loaded.reload} />}
      {asked && (
        <Confirm
          title={t('resumeTitle')}
          confirm={t('resume')}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            const { id } = await api.changeFor(givenSchema, 'POST', `${DEAD_LETTERS}/${asked}/resume`);
            setGiven(id);
            setAsked(undefined);
          }}
        >
          <p>
            <bdi dir="ltr" class="rid">
              {asked}
            </bdi>
          </p>
          <p>{t('resumeMeaning')}</p>
        </Confirm>
      )}
    </section>
  );
}

/** The rules by which registrations are held: which there are, and removing one. */
import { useState } from 'preact/hooks';
import { pauseRulesSchema } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { Time } from '../ui/time.tsx';
import { NewPauseRule } from './new-pause-rule.tsx';

const RULES = '/api/pause-rules';

export function PauseRulesPage() {
  const { t, count } = useSpeech();
  const { api, mayChange } = useSignedIn();
  const loaded = useLoaded(RULES, () => api.get(RULES, pauseRulesSchema));
  const [asked, setAsked] = useState<string>();
  return (
    <section class="detail">
      <Heading>{t('pauseRules')}</Heading>
      <p>{t('pauseRulesMeaning')}</p>
      <LoadedView loaded={loaded}>
        {(rules) =>
          rules.length === 0 ? (
            <p class="quiet">{t('noPauseRules')}</p>
          ) : (
            <ul class="cards">
              {rules.map(({ rule: { name, match, from, until, hours, after }, by, at }) => (
                <li key={name} class="panel">
                  <h2>
                    <bdi dir="ltr">{name}</bdi>
                  </h2>
                  <p>{Object.keys(match).length === 0 ? t('allRegistrations') : <Match match={match} />}</p>
                  <p>
                    {from && (
                      <>
                        {t('from')} <Time at={from} />{' '}
                      </>
                    )}
                    {until && (
                      <>
                        {t('waitsUntil')} <Time at={until} />{' '}
                      </>
                    )}
                    {hours !== undefined && count('hoursEach', hours)}
                  </p>
                  <p>
                    {t('afterwards')}: {t(after === 'stop' ? 'afterStop' : 'afterResume')}
                  </p>
                  <p class="quiet">
                    {t('setBy')} <bdi>{by}</bdi>, <Time at={at} />
                  </p>
                  {mayChange('pipeline') && (
                    <p class="acts">
                      <button type="button" class="act" onClick={() => setAsked(name)}>
                        {t('removeRule')}
                      </button>
                    </p>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </LoadedView>
      {mayChange('pipeline') && <NewPauseRule onSet={loaded.reload} />}
      {asked && (
        <Confirm
          title={t('removeRule')}
          confirm={t('removeRule')}
          tone="bad"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await api.change('DELETE', `${RULES}/${asked}`);
            setAsked(undefined);
            loaded.reload();
          }}
        >
          <p>
            <bdi dir="ltr">{asked}</bdi>
          </p>
          <p>{t('removeRuleMeaning')}</p>
        </Confirm>
      )}
    </section>
  );
}

/** As it was set: a rule by file can say more than this page's form. */
function Match({ match }: { readonly match: Readonly<Record<string, unknown>> }) {
  return (
    <code dir="ltr" class="rid">
      {Object.entries(match)
        .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : JSON.stringify(value)}`)
        .join(' · ')}
    </code>
  );
}

/** What a person decides about a registration that waits for it: which of those in question it is about, or none. */
import { useState } from 'preact/hooks';
import { givenSchema, type RegistrationView } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { RidLink } from '../ui/rid-link.tsx';
import { type Decision, decisionAct } from './orders.ts';

interface Properties {
  readonly registration: RegistrationView;
  /** Told the number of the order. */
  readonly onGiven: (id: string) => void;
}

export function Decide({ registration, onGiven }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [asked, setAsked] = useState<Decision>();
  const { rid, candidates } = registration;
  return (
    <>
      <h3>{t('inQuestion')}</h3>
      <ul class="cards">
        {candidates.map((candidate) => (
          <li key={candidate}>
            <RidLink rid={candidate} />{' '}
            <button type="button" class="act" onClick={() => setAsked({ person: candidate })}>
              {t('decidePerson')}
            </button>
          </li>
        ))}
      </ul>
      <p class="acts">
        <button type="button" class="act" onClick={() => setAsked('nobody')}>
          {t('decideNobody')}
        </button>
      </p>
      {asked && (
        <Confirm
          title={t(asked === 'nobody' ? 'decideNobody' : 'decidePerson')}
          confirm={t(asked === 'nobody' ? 'decideNobody' : 'decidePerson')}
          tone={asked === 'nobody' ? 'bad' : 'main'}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            const body = { act: decisionAct(asked) };
            const { id } = await api.changeFor(givenSchema, 'POST', `/api/registrations/${rid}/actions`, body);
            onGiven(id);
            setAsked(undefined);
          }}
        >
          <p>{t(asked === 'nobody' ? 'decideNobodyMeaning' : 'decidePersonMeaning')}</p>
          {asked !== 'nobody' && (
            <p>
              <bdi dir="ltr" class="rid">
                {asked.person}
              </bdi>
            </p>
          )}
        </Confirm>
      )}
    </>
  );
}

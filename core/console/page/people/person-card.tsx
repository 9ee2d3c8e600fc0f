/** One person: what they may do, how they sign in, and an administrator's changes. */
import { useState } from 'preact/hooks';
import type { Person } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { NO_PROOF, type Proof, ProofFields } from '../session/proof-fields.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Time } from '../ui/time.tsx';
import { EditPerson } from './edit-person.tsx';
import { RoleList } from './role-list.tsx';

interface Properties {
  readonly person: Person;
  readonly mayChange: boolean;
  readonly onNewLink: (proof: Proof) => Promise<void>;
  readonly onChanged: () => void;
}

export function PersonCard({ person, mayChange, onNewLink, onChanged }: Properties) {
  const { t } = useSpeech();
  const { api, session } = useSignedIn();
  const [asked, setAsked] = useState<'edit' | 'close' | 'link'>();
  const [proof, setProof] = useState(NO_PROOF);
  const closed = person.state === 'closed';
  const dismiss = (): void => {
    setAsked(undefined);
    setProof(NO_PROOF);
  };

  async function setState(state: 'active' | 'closed'): Promise<void> {
    const { id, roles, centers } = person;
    await api.change('PUT', `/api/people/${encodeURIComponent(id)}`, { roles, centers, state });
    dismiss();
    onChanged();
  }

  return (
    <li class="panel" data-closed={closed}>
      <h2>
        <bdi>{person.id}</bdi>
        {closed && (
          <span class="badge" data-tone="bad">
            {t('closed')}
          </span>
        )}
        {person.locked && (
          <span class="badge" data-tone="warn">
            {t('lockedOut')}
          </span>
        )}
      </h2>
      <PersonFacts person={person} />
      {mayChange && (
        <p class="acts">
          <button type="button" class="act" onClick={() => setAsked('edit')}>
            {t('changeRoles')}
          </button>
          {/* Whoever would change their own way in does so from their account. */}
          {!closed && person.id !== session.actor.id && (
            <button type="button" class="act" onClick={() => setAsked('link')}>
              {t('newLink')}
            </button>
          )}
          <button type="button" class="act" data-tone={closed ? 'plain' : 'bad'} onClick={() => setAsked('close')}>
            {closed ? t('reopen') : t('close')}
          </button>
        </p>
      )}
      {asked === 'edit' && (
        <EditPerson
          person={person}
          onClose={dismiss}
          onDone={() => {
            dismiss();
            onChanged();
          }}
        />
      )}
      {asked === 'link' && (
        <Confirm
          title={t('newLinkTitle')}
          confirm={t('newLink')}
          onClose={dismiss}
          onConfirm={async () => {
            await onNewLink(proof);
            dismiss();
          }}
        >
          <p>
            <bdi>{person.id}</bdi>
          </p>
          <p>{t('newLinkMeaning')}</p>
          <ProofFields proof={proof} onProof={setProof} />
        </Confirm>
      )}
      {asked === 'close' && (
        <Confirm
          title={closed ? t('reopenTitle') : t('closeTitle')}
          confirm={closed ? t('reopen') : t('close')}
          tone={closed ? 'main' : 'bad'}
          onClose={dismiss}
          onConfirm={() => setState(closed ? 'active' : 'closed')}
        >
          <p>
            <bdi>{person.id}</bdi>
          </p>
          <p>{closed ? t('reopenMeaning') : t('closeMeaning')}</p>
        </Confirm>
      )}
    </li>
  );
}

function PersonFacts({ person }: { readonly person: Person }) {
  const { t, format } = useSpeech();
  const { roles, centers, secondFactor, lastSignIn } = person;
  return (
    <dl class="facts">
      <dt>{t('roles')}</dt>
      <dd>
        <RoleList roles={roles} />
      </dd>
      {roles.includes('supervisor') && (
        <>
          <dt>{t('centers')}</dt>
          <dd>{centers === 'all' ? t('allCenters') : format.list(centers)}</dd>
        </>
      )}
      <dt>{t('secondFactor')}</dt>
      <dd class={secondFactor ? '' : 'warn'}>{secondFactor ? t('on') : t('off')}</dd>
      <dt>{t('lastSignIn')}</dt>
      <dd>{lastSignIn ? <Time at={lastSignIn} /> : <span class="quiet">{t('neverSignedIn')}</span>}</dd>
    </dl>
  );
}

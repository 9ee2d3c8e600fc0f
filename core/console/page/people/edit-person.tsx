import { useState } from 'preact/hooks';
import type { Person } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { GrantFields, grantOf, grantRequest } from './grant-fields.tsx';

interface Properties {
  readonly person: Person;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function EditPerson({ person, onDone, onClose }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [grant, setGrant] = useState(() => grantOf(person));
  const [tried, setTried] = useState(false);
  const state = person.state === 'closed' ? 'closed' : 'active';
  return (
    <Confirm
      title={`${t('changeRoles')}: ${person.id}`}
      confirm={t('save')}
      onClose={onClose}
      onConfirm={async () => {
        setTried(true);
        const granted = grantRequest(grant);
        if (!granted) return;
        await api.change('PUT', `/api/people/${encodeURIComponent(person.id)}`, { ...granted, state });
        onDone();
      }}
    >
      <GrantFields grant={grant} tried={tried} onGrant={setGrant} />
    </Confirm>
  );
}

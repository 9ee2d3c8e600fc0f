import { useState } from 'preact/hooks';
import { linkSchema, type SignInLink } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { NO_PROOF, ProofFields, proofRequest } from '../session/proof-fields.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { GrantFields, grantRequest, NO_GRANT } from './grant-fields.tsx';

interface Properties {
  readonly onAdded: (id: string, link: SignInLink) => void;
  readonly onClose: () => void;
}

export function AddPerson({ onAdded, onClose }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [id, setId] = useState('');
  const [grant, setGrant] = useState(NO_GRANT);
  const [proof, setProof] = useState(NO_PROOF);
  const [tried, setTried] = useState(false);
  const act = useAct();
  return (
    <section class="panel">
      <h2>{t('addPerson')}</h2>
      <Form
        act={act}
        submit={t('addPerson')}
        aside={
          <button type="button" class="act" onClick={onClose}>
            {t('cancel')}
          </button>
        }
        onSubmit={async () => {
          setTried(true);
          const granted = grantRequest(grant);
          if (!granted) return;
          const person = { id: id.trim(), ...granted, ...proofRequest(proof) };
          const link = await api.changeFor(linkSchema, 'POST', '/api/people', person);
          onAdded(id.trim(), link);
        }}
      >
        <Field label={t('personId')} hint={t('personIdHint')} maxLength={64} value={id} onInput={setId} />
        <GrantFields grant={grant} tried={tried} onGrant={setGrant} />
        <ProofFields proof={proof} onProof={setProof} />
      </Form>
    </section>
  );
}

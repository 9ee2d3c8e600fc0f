/** What became of one registration, looked up by the number on the slip. */
import { useState } from 'preact/hooks';
import { registrationSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { hashOf } from '../shell/pages.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { RegistrationHistory } from './registration-history.tsx';

const RID = /^\d{29}$/;

export function RegistrationsPage({ rid }: { readonly rid: string | undefined }) {
  const { t } = useSpeech();
  const [typed, setTyped] = useState(rid ?? '');
  const [tried, setTried] = useState(false);
  const act = useAct();
  const wanted = typed.replaceAll(/\s/g, '');
  const wrong = !RID.test(wanted);
  return (
    <section class="detail">
      <Heading>{t('registrations')}</Heading>
      <search>
        <Form
          act={act}
          submit={t('lookUp')}
          onSubmit={async () => {
            setTried(true);
            if (!wrong) location.hash = hashOf({ page: 'registrations', rid: wanted });
          }}
        >
          <Field
            label={t('rid')}
            hint={t('ridHint')}
            wrong={tried && wrong ? t('ridWrong') : undefined}
            inputMode="numeric"
            value={typed}
            onInput={setTyped}
          />
        </Form>
      </search>
      {rid && <Found rid={rid} />}
    </section>
  );
}

function Found({ rid }: { readonly rid: string }) {
  const { api } = useSignedIn();
  const path = `/api/registrations/${rid}`;
  const loaded = useLoaded(path, () => api.get(path, registrationSchema));
  return (
    <LoadedView loaded={loaded}>
      {(registration) => <RegistrationHistory registration={registration} onChange={loaded.reload} />}
    </LoadedView>
  );
}

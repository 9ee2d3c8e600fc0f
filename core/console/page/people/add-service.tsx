import { useState } from 'preact/hooks';
import type { Role } from '../../../people/person.ts';
import { type ServiceSecret, serviceSecretSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { GrantFields, grantRequest, NO_GRANT } from './grant-fields.tsx';

const DEFAULT_DAYS = 365;
const MAX_DAYS = 1_095;
/** A service has no second factor, so it can hold no role that needs one. */
const SERVICE_ROLES: readonly Role[] = ['operations', 'supervisor', 'auditor'];

interface Properties {
  readonly onAdded: (secret: ServiceSecret) => void;
  readonly onClose: () => void;
}

export function AddService({ onAdded, onClose }: Properties) {
  const { t, format } = useSpeech();
  const { api } = useSignedIn();
  const [name, setName] = useState('');
  const [days, setDays] = useState(String(DEFAULT_DAYS));
  const [grant, setGrant] = useState(NO_GRANT);
  const [tried, setTried] = useState(false);
  const act = useAct();
  const daysWrong = !Number.isInteger(Number(days)) || Number(days) < 1 || Number(days) > MAX_DAYS;
  return (
    <section class="panel">
      <h2>{t('addService')}</h2>
      <Form
        act={act}
        submit={t('addService')}
        aside={
          <button type="button" class="act" onClick={onClose}>
            {t('cancel')}
          </button>
        }
        onSubmit={async () => {
          setTried(true);
          const granted = grantRequest(grant);
          if (!granted || daysWrong) return;
          const body = { name: name.trim(), ...granted, days: Number(days) };
          onAdded(await api.changeFor(serviceSecretSchema, 'POST', '/api/services', body));
        }}
      >
        <Field label={t('serviceName')} hint={t('serviceNameHint')} maxLength={40} value={name} onInput={setName} />
        <Field
          label={t('validDays')}
          wrong={tried && daysWrong ? t('validDaysWrong', { most: format.number(MAX_DAYS) }) : undefined}
          inputMode="numeric"
          value={days}
          onInput={setDays}
        />
        <GrantFields offered={SERVICE_ROLES} grant={grant} tried={tried} onGrant={setGrant} />
      </Form>
    </section>
  );
}

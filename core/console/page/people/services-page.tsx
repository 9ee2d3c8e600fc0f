/** Machines that act in the place of people: each has a secret, which is shown once. */
import { useState } from 'preact/hooks';
import { type Service, type ServiceSecret, servicesSchema } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { SecretText } from '../ui/secret-text.tsx';
import { Time } from '../ui/time.tsx';
import { AddService } from './add-service.tsx';
import { RoleList } from './role-list.tsx';

const SERVICES = '/api/services';

export function ServicesPage() {
  const { t } = useSpeech();
  const { api, mayChange } = useSignedIn();
  const loaded = useLoaded(SERVICES, () => api.get(SERVICES, servicesSchema));
  const [issued, setIssued] = useState<ServiceSecret>();
  const [adding, setAdding] = useState(false);
  const change = mayChange('people');
  return (
    <section class="detail">
      <div class="head">
        <Heading>{t('services')}</Heading>
        {change && !adding && (
          <button type="button" class="act" data-tone="main" onClick={() => setAdding(true)}>
            {t('addService')}
          </button>
        )}
      </div>
      {issued && <SecretNote issued={issued} />}
      {adding && (
        <AddService
          onClose={() => setAdding(false)}
          onAdded={(secret) => {
            setAdding(false);
            setIssued(secret);
            loaded.reload();
          }}
        />
      )}
      <LoadedView loaded={loaded}>
        {(services) =>
          services.length === 0 ? (
            <p class="quiet">{t('noServices')}</p>
          ) : (
            <ul class="cards">
              {services.map((service) => (
                <ServiceCard key={service.name} service={service} mayChange={change} onRemoved={loaded.reload} />
              ))}
            </ul>
          )
        }
      </LoadedView>
    </section>
  );
}

function SecretNote({ issued }: { readonly issued: ServiceSecret }) {
  const { t } = useSpeech();
  return (
    <section class="panel" role="status">
      <h2>
        <bdi>{issued.name}</bdi>
      </h2>
      <p class="shown-once">{t('secretOnce')}</p>
      <SecretText name={t('secret')} text={issued.secret} />
    </section>
  );
}

interface ServiceCardProperties {
  readonly service: Service;
  readonly mayChange: boolean;
  readonly onRemoved: () => void;
}

function ServiceCard({ service, mayChange, onRemoved }: ServiceCardProperties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [asked, setAsked] = useState(false);
  return (
    <li class="panel">
      <h2>
        <bdi>{service.name}</bdi>
      </h2>
      <dl class="facts">
        <dt>{t('roles')}</dt>
        <dd>
          <RoleList roles={service.roles} />
        </dd>
        <dt>{t('validUntil')}</dt>
        <dd>
          <Time at={service.expiresAt} />
        </dd>
      </dl>
      {mayChange && (
        <p class="acts">
          <button type="button" class="act" data-tone="bad" onClick={() => setAsked(true)}>
            {t('remove')}
          </button>
        </p>
      )}
      {asked && (
        <Confirm
          title={t('removeTitle')}
          confirm={t('remove')}
          tone="bad"
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await api.change('DELETE', `${SERVICES}/${encodeURIComponent(service.name)}`);
            setAsked(false);
            onRemoved();
          }}
        >
          <p>
            <bdi>{service.name}</bdi>
          </p>
          <p>{t('removeMeaning')}</p>
        </Confirm>
      )}
    </li>
  );
}

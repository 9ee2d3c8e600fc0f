import type { StationDetail } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { Time } from '../ui/time.tsx';

/** Names of keys, to be compared with what the station shows of its own. The keys themselves are of no use to people. */
export function StationKeys({ detail }: { readonly detail: StationDetail }) {
  const { t } = useSpeech();
  const { card, keys } = detail;
  if (!card && keys.length === 0) return null;
  const people = [
    ...(card?.operators ?? []).map((person) => ({ ...person, work: t('operator') })),
    ...(card?.supervisors ?? []).map((person) => ({ ...person, work: t('approver') })),
  ];
  return (
    <section class="panel">
      <h2>{t('keys')}</h2>
      {keys.map(({ signingKeyId, sealingKeyId, until, why }) => (
        <dl key={signingKeyId} class="keys" data-why={why}>
          {until && (
            <>
              <dt>{t(why)}</dt>
              <dd>
                <Time at={until} />
              </dd>
            </>
          )}
          <dt>{t('signingKey')}</dt>
          <dd>
            <code dir="ltr">{signingKeyId}</code>
          </dd>
          <dt>{t('sealingKey')}</dt>
          <dd>
            <code dir="ltr">{sealingKeyId}</code>
          </dd>
        </dl>
      ))}
      {people.length > 0 && (
        <>
          <h3>{t('peopleThere')}</h3>
          <ul class="holders">
            {people.map(({ id, work, signingKey }) => (
              <li key={`${work} ${id}`}>
                <bdi>{id}</bdi> <span class="quiet">({work})</span> <code dir="ltr">{signingKey.keyId}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

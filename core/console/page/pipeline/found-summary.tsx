import type { Found } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { RidLink } from '../ui/rid-link.tsx';

const EXAMPLES = 5;
const MOST_CENTERS = 20;

/** How many registrations were found, where they are, and some to look at. */
export function FoundSummary({ found }: { readonly found: Found }) {
  const { t, count } = useSpeech();
  const { rids, complete, byStage, byCenter, samples } = found;
  return (
    <>
      <p role="status">
        <strong>{count('registrationsFound', rids.length)}</strong>
      </p>
      {!complete && <p>{t('thereMayBeMore')}</p>}
      {rids.length > 0 && (
        <dl class="facts">
          <dt>{t('byStage')}</dt>
          <dd>
            <Counts counts={byStage} />
          </dd>
          <dt>{t('byCenter')}</dt>
          <dd>
            <Counts counts={byCenter} />
          </dd>
          <dt>{t('forExample')}</dt>
          <dd>
            {samples.slice(0, EXAMPLES).map(({ rid }) => (
              <div key={rid}>
                <RidLink rid={rid} />
              </div>
            ))}
          </dd>
        </dl>
      )}
    </>
  );
}

function Counts({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const { format } = useSpeech();
  const largest = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return (
    <>
      {largest.slice(0, MOST_CENTERS).map(([name, each]) => (
        <div key={name}>
          <code dir="ltr">{name}</code> {format.number(each)}
        </div>
      ))}
    </>
  );
}

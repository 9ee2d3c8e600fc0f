/** What was captured of one person: the words as they were written, the documents' names, the captures' quality. */
import type { CaptureView, EnrolmentView } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { fieldText, proofText } from './names.ts';

export function EnrolmentDetails(enrolment: EnrolmentView) {
  const { consent, capturedAt, demographics, documents, captures, introducer } = enrolment;
  const { t, format } = useSpeech();
  return (
    <div class="enrolment">
      <p>
        <span class={consent ? undefined : 'bad'}>{t(consent ? 'consented' : 'notConsented')}</span>{' '}
        <span class="quiet">{t('capturedAt', { time: format.dateTime(new Date(capturedAt)) })}</span>
      </p>
      <h3>{t('demographics')}</h3>
      <dl>
        {demographics.map(({ field, texts }) => (
          <div key={field}>
            <dt>{fieldText(field, t)}</dt>
            {texts.map(({ language, value }) => (
              <dd key={language}>
                <bdi lang={language ?? undefined}>{value}</bdi>
              </dd>
            ))}
          </div>
        ))}
      </dl>
      <h3>{t('documents')}</h3>
      {documents.length === 0 && <p class="quiet">{t('nothing')}</p>}
      <ul>
        {documents.map(({ name, category, type }) => (
          <li key={name}>
            <bdi>{name}</bdi>{' '}
            <span class="quiet">
              <bdi>{type}</bdi> · {proofText(category, t)}
            </span>
          </li>
        ))}
      </ul>
      <Captures title={t('captures')} captures={captures} />
      {introducer.length > 0 && <Captures title={t('introducer')} captures={introducer} />}
    </div>
  );
}

interface CapturesProperties {
  readonly title: string;
  readonly captures: readonly CaptureView[];
}

function Captures({ title, captures }: CapturesProperties) {
  const { t, format } = useSpeech();
  return (
    <>
      <h3>{title}</h3>
      {captures.length === 0 && <p class="quiet">{t('nothing')}</p>}
      <ul class="captures">
        {captures.map(({ position, quality, poor }) => (
          <li key={position}>
            {t(position)}
            <span class={poor ? 'warn' : 'quiet'}>
              {quality === null ? t('notCaptured') : format.number(quality)}
              {poor && ` (${t('poor')})`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

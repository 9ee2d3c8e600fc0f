/** Suspend, reinstate, revoke: each asks first, in words that say what becomes of the packets that wait at the station. */
import { useState } from 'preact/hooks';
import type { StationDetail } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { StationNumber } from '../ui/station-number.tsx';
import { ACTS_IN_STATE, type QueuedPackets, requestFor, type StationAct } from './acts.ts';
import { QueuedChoice } from './queued-choice.tsx';

interface Properties {
  readonly detail: StationDetail;
  readonly onDone: (sentence: string) => void;
}

export function StationActs({ detail, onDone }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [asked, setAsked] = useState<StationAct>();
  const [queued, setQueued] = useState<QueuedPackets>('accept');
  const { station, state } = detail;
  const possible = ACTS_IN_STATE[state];
  if (possible.length === 0) return null;

  return (
    <section class="panel">
      <h2>{t('stationActs')}</h2>
      <p class="acts">
        {possible.map((act) => (
          <button
            key={act}
            type="button"
            class="act"
            data-tone={act === 'revoke' ? 'bad' : 'plain'}
            onClick={() => setAsked(act)}
          >
            {t(act)}
          </button>
        ))}
      </p>
      {asked && (
        <Confirm
          title={t(`${asked}Title`)}
          confirm={t(asked)}
          tone={asked === 'revoke' ? 'bad' : 'main'}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            const { method, path, body } = requestFor(asked, station, queued);
            await api.change(method, path, body);
            setAsked(undefined);
            onDone(t(`${asked}Done`));
          }}
        >
          <p>
            {t('station')} <StationNumber station={station} />
          </p>
          <p>{t(`${asked}Meaning`)}</p>
          {asked === 'revoke' && <QueuedChoice title={t('queuedPackets')} chosen={queued} onChoose={setQueued} />}
        </Confirm>
      )}
    </section>
  );
}

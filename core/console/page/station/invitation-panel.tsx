/** The invitation of a station that is known: whether one is out, a new one, and calling it back. */
import { useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Time } from '../ui/time.tsx';
import type { QueuedPackets } from './acts.ts';
import { InvitationForm } from './invitation-form.tsx';

interface Properties {
  readonly station: string;
  readonly pending: { readonly expiresAt: string } | undefined;
  readonly queuedBefore: QueuedPackets | undefined;
  readonly onChanged: () => void;
}

export function InvitationPanel({ station, pending, queuedBefore, onChanged }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [making, setMaking] = useState(false);
  const [callingBack, setCallingBack] = useState(false);
  return (
    <section class="panel">
      <h2>{t('invitation')}</h2>
      {pending ? (
        <p>
          {t('invitationOut')} <Time at={pending.expiresAt} />
        </p>
      ) : (
        <p class="quiet">{t('noInvitation')}</p>
      )}
      {making ? (
        <InvitationForm station={station} queuedBefore={queuedBefore} onMade={onChanged} />
      ) : (
        <>
          <p>{t('invitationMeaning')}</p>
          <p class="acts">
            <button type="button" class="act" onClick={() => setMaking(true)}>
              {t('newInvitation')}
            </button>
            {pending && (
              <button type="button" class="act" onClick={() => setCallingBack(true)}>
                {t('callBack')}
              </button>
            )}
          </p>
        </>
      )}
      {callingBack && (
        <Confirm
          title={t('callBackTitle')}
          confirm={t('callBack')}
          onClose={() => setCallingBack(false)}
          onConfirm={async () => {
            await api.change('DELETE', `/api/stations/${station}/invitations`);
            setCallingBack(false);
            onChanged();
          }}
        >
          <p>{t('callBackMeaning')}</p>
        </Confirm>
      )}
    </section>
  );
}

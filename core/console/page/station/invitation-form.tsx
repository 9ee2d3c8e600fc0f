/** Makes an invitation for a station: how long it holds, then the slip to be taken there. */
import { useState } from 'preact/hooks';
import { type Invitation, invitationSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import type { QueuedPackets } from './acts.ts';
import { InvitationSlip } from './invitation-slip.tsx';
import { QueuedChoice } from './queued-choice.tsx';

const STATION = /^\d{10}$/;
const DEFAULT_HOURS = 24;
const MAX_HOURS = 7 * 24;

interface Properties {
  /** Where it is not said, it is asked for. */
  readonly station?: string;
  /** What becomes of the packets of the machine that has the number now; undefined where there is none. */
  readonly queuedBefore?: QueuedPackets | undefined;
  readonly onMade?: () => void;
}

export function InvitationForm({ station: known, queuedBefore, onMade }: Properties) {
  const { t, format } = useSpeech();
  const { api } = useSignedIn();
  const [number, setNumber] = useState(known ?? '');
  const [hours, setHours] = useState(String(DEFAULT_HOURS));
  const [queued, setQueued] = useState(queuedBefore);
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<Invitation>();
  const act = useAct();
  const station = number.replaceAll(/\s/g, '');
  const validHours = Number(hours);
  const stationWrong = !STATION.test(station);
  const hoursWrong = !Number.isInteger(validHours) || validHours < 1 || validHours > MAX_HOURS;

  if (made) return <InvitationSlip station={station} invitation={made} />;
  return (
    <Form
      act={act}
      submit={t('makeInvitation')}
      onSubmit={async () => {
        setTried(true);
        if (stationWrong || hoursWrong) return;
        const path = `/api/stations/${station}/invitations`;
        setMade(
          await api.changeFor(invitationSchema, 'POST', path, { validHours, ...(queued && { queuedPackets: queued }) }),
        );
        onMade?.();
      }}
    >
      {known === undefined && (
        <Field
          label={t('stationNumber')}
          hint={t('stationNumberHint')}
          wrong={tried && stationWrong ? t('stationNumberWrong') : undefined}
          inputMode="numeric"
          value={number}
          onInput={setNumber}
        />
      )}
      <Field
        label={t('validHours')}
        wrong={tried && hoursWrong ? t('validHoursWrong', { most: format.number(MAX_HOURS) }) : undefined}
        inputMode="numeric"
        value={hours}
        onInput={setHours}
      />
      {queued && <QueuedChoice title={t('queuedBefore')} chosen={queued} onChoose={setQueued} />}
    </Form>
  );
}

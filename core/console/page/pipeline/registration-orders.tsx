/** Orders to one registration, each with its question before, and what became of the last one. */
import { useState } from 'preact/hooks';
import { givenSchema, type RegistrationView } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Decide } from './decide.tsx';
import { OrderNote } from './order-note.tsx';
import { actOf, MEANINGS, type Order, ordersFor } from './orders.ts';

interface Properties {
  readonly registration: RegistrationView;
  /** Told when the registration is to be looked at again. */
  readonly onChange: () => void;
}

export function RegistrationOrders({ registration, onChange }: Properties) {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [asked, setAsked] = useState<Order>();
  const [given, setGiven] = useState<string>();
  const { rid, state, parked } = registration;
  const meaning = asked === 'resume' && state === 'PARKED' ? 'resumeWaitingMeaning' : asked && MEANINGS[asked];
  return (
    <>
      {parked?.reason === 'decision' && <Decide registration={registration} onGiven={setGiven} />}
      <p class="acts">
        {ordersFor(registration).map((order) => (
          <button key={order} type="button" class="act" onClick={() => setAsked(order)}>
            {t(order)}
          </button>
        ))}
      </p>
      {given && <OrderNote key={given} id={given} onDone={onChange} />}
      {asked && meaning && (
        <Confirm
          title={t(asked)}
          confirm={t(asked)}
          tone={asked === 'stop' ? 'bad' : 'main'}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            const body = { act: actOf(asked, new Date()) };
            const { id } = await api.changeFor(givenSchema, 'POST', `/api/registrations/${rid}/actions`, body);
            setGiven(id);
            setAsked(undefined);
          }}
        >
          <p>
            <bdi dir="ltr" class="rid">
              {rid}
            </bdi>
          </p>
          <p>{t(meaning)}</p>
        </Confirm>
      )}
    </>
  );
}

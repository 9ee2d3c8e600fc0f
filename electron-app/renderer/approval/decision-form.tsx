import type { TargetedSubmitEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Refusal } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { AskingNote } from './asking-note.tsx';
import { type Decision, REASONS } from './decision.ts';
import { usePassword } from './password.ts';

interface Properties {
  /** Who decides. */
  readonly person: string;
  /** On how many. */
  readonly registrations: number;
  readonly refusal: Refusal | undefined;
  readonly isAsking: boolean;
  readonly onDecide: (decision: Decision, password: string) => void;
}

export function DecisionForm({ person, registrations, refusal, isAsking, onDecide }: Properties) {
  const { t, count } = useSpeech();
  const [decision, setDecision] = useState<Decision>();
  const password = usePassword();
  useEffect(() => {
    if (refusal) password.field.ref.current?.focus();
  }, [refusal]);

  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (decision) onDecide(decision, password.take());
  }

  const choice = (value: Decision, text: string) => (
    <label key={value}>
      <input
        type="radio"
        name="decision"
        value={value}
        checked={decision === value}
        onChange={() => setDecision(value)}
      />
      {text}
    </label>
  );

  return (
    <form class="decision" onSubmit={submit}>
      <fieldset disabled={isAsking}>
        <legend>{t('decision')}</legend>
        {choice('APPROVE', t('approve'))}
        <fieldset>
          <legend>{t('rejectBecause')}</legend>
          {REASONS.map((reason) => choice(reason, t(reason)))}
        </fieldset>
      </fieldset>
      <div class="fields">
        <label>
          {t('passwordToSign', { person })}
          <input dir="ltr" {...password.field} />
        </label>
      </div>
      <AskingNote isAsking={isAsking} refusal={refusal} />
      <p class="actions">
        <button type="submit" class="action primary" disabled={isAsking || !decision || !password.isFilled}>
          {decision ? count(decision === 'APPROVE' ? 'approveAll' : 'rejectAll', registrations) : t('decide')}
        </button>
      </p>
    </form>
  );
}

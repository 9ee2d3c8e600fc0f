/**
 * From the sign-in over the look to the decision. The password is asked for twice: once for the look, and once more for
 * the signature, so that a supervisor who was called away has signed nothing. What was captured is in the page only while
 * it is looked at: it goes when nobody works in this window, when the time is over, and with the decision.
 */
import { useRef, useState } from 'preact/hooks';
import type { Decided, Refusal, Reviewed, SignIn } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { DecidedList } from './decided-list.tsx';
import type { Decision } from './decision.ts';
import { Dialog } from './dialog.tsx';
import { ReviewStep } from './review-step.tsx';
import { SignInStep } from './sign-in-step.tsx';

type Step =
  | { readonly kind: 'sign-in'; readonly wasHidden: boolean }
  | { readonly kind: 'review'; readonly reviewed: readonly Reviewed[] }
  | { readonly kind: 'decided'; readonly decision: Decision; readonly decided: readonly Decided[] };

interface Properties {
  readonly rids: readonly string[];
  readonly onClose: () => void;
}

export function ApprovalDialog({ rids, onClose }: Properties) {
  const { t, count } = useSpeech();
  const [step, setStep] = useState<Step>({ kind: 'sign-in', wasHidden: false });
  const [person, setPerson] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  const [isAsking, setAsking] = useState(false);
  // Of the look that is still wanted: whoever turned away meanwhile does not want it on the screen any more.
  const wanted = useRef(0);

  function hide(): void {
    wanted.current += 1;
    setAsking(false);
    setStep({ kind: 'sign-in', wasHidden: true });
  }

  async function look(signIn: SignIn): Promise<void> {
    wanted.current += 1;
    const mine = wanted.current;
    setPerson(signIn.person);
    setRefusal(undefined);
    setAsking(true);
    const answer = await window.station.review(rids, signIn);
    if (mine !== wanted.current) return;
    setAsking(false);
    if (answer.ok) setStep({ kind: 'review', reviewed: answer.value });
    else setRefusal(answer);
  }

  async function decide(decision: Decision, password: string): Promise<void> {
    setRefusal(undefined);
    setAsking(true);
    const signIn = { person, password };
    const { approve, reject } = window.station;
    const answer = await (decision === 'APPROVE' ? approve(rids, signIn) : reject(rids, decision, signIn));
    setAsking(false);
    if (answer.ok) return setStep({ kind: 'decided', decision, decided: answer.value });
    setRefusal(answer);
    if (document.hidden || !document.hasFocus()) hide();
  }

  return (
    <Dialog
      title={step.kind === 'decided' ? t('decided') : count('reviewing', rids.length)}
      step={step.kind}
      onClose={onClose}
    >
      {step.kind === 'sign-in' && (
        <SignInStep
          person={person}
          wasHidden={step.wasHidden}
          refusal={refusal}
          isAsking={isAsking}
          onSignIn={(signIn) => void look(signIn)}
          onAway={hide}
        />
      )}
      {step.kind === 'review' && (
        <ReviewStep
          person={person}
          reviewed={step.reviewed}
          refusal={refusal}
          isAsking={isAsking}
          onDecide={(decision, password) => void decide(decision, password)}
          onAway={hide}
        />
      )}
      {step.kind === 'decided' && <DecidedList decision={step.decision} decided={step.decided} />}
    </Dialog>
  );
}

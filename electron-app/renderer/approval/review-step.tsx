import { useEffect } from 'preact/hooks';
import type { Refusal, Reviewed } from '../../shared-api.ts';
import { HideWhenAway } from '../hide-when-away.tsx';
import { RefusalNote } from '../refusal-note.tsx';
import { Rid } from '../rid.tsx';
import type { Decision } from './decision.ts';
import { DecisionForm } from './decision-form.tsx';
import { EnrolmentDetails } from './enrolment-details.tsx';

/** Long enough to read an enrolment with care, and short enough for a supervisor who left without a word. */
const SHOWN_FOR_MS = 5 * 60_000;

interface Properties {
  readonly person: string;
  readonly reviewed: readonly Reviewed[];
  readonly refusal: Refusal | undefined;
  readonly isAsking: boolean;
  readonly onDecide: (decision: Decision, password: string) => void;
  readonly onAway: () => void;
}

export function ReviewStep({ person, reviewed, refusal, isAsking, onDecide, onAway }: Properties) {
  return (
    <>
      {reviewed.map((one, index) => (
        <details key={one.rid} class="reviewed" open={index === 0}>
          <summary>
            <Rid rid={one.rid} />
          </summary>
          <Contents {...one} />
        </details>
      ))}
      <DecisionForm
        person={person}
        registrations={reviewed.length}
        refusal={refusal}
        isAsking={isAsking}
        onDecide={onDecide}
      />
      {/* A decision that is under way is waited for: what became of it must be seen. */}
      {!isAsking && <HideUnattended onHide={onAway} />}
    </>
  );
}

function Contents({ enrolment }: Reviewed) {
  if (enrolment.ok) return <EnrolmentDetails {...enrolment.value} />;
  return <RefusalNote {...enrolment} />;
}

function HideUnattended({ onHide }: { readonly onHide: () => void }) {
  useEffect(() => {
    const timer = setTimeout(onHide, SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, []);
  return <HideWhenAway onHide={onHide} />;
}

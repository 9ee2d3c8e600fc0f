import { useState } from 'preact/hooks';
import { type AuditVerdict, auditVerdictSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Submit } from '../ui/submit.tsx';

const FAULTS_NAMED = 20;

/** Has the core go through every chain of the audit, from its first entry to its last. */
export function AuditVerification() {
  const { t, count } = useSpeech();
  const { api } = useSignedIn();
  const [verdict, setVerdict] = useState<AuditVerdict>();
  const act = useAct();
  const entries = verdict?.writers.reduce((sum, writer) => sum + writer.entries, 0) ?? 0;
  return (
    <section class="panel">
      <p>{t('auditMeaning')}</p>
      <p class="acts">
        <Submit
          busy={act.busy}
          tone="plain"
          onPress={() =>
            void act.run(async () => setVerdict(await api.get('/api/audit/verification', auditVerdictSchema)))
          }
        >
          {t('verify')}
        </Submit>
      </p>
      <ProblemNote problem={act.problem} />
      <div role="status">
        {verdict && (
          <p>
            <span class="badge" data-tone={verdict.holds ? 'good' : 'bad'}>
              {verdict.holds ? t('auditHolds') : t('auditBroken')}
            </span>{' '}
            {count('entriesChecked', entries)}
          </p>
        )}
        {verdict && verdict.faults.length > 0 && (
          <ul dir="ltr">
            {verdict.faults.slice(0, FAULTS_NAMED).map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

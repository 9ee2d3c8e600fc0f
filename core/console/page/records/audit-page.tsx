/** What those with rights have done, newest first, and whether the record of it still holds. */
import { useEffect, useState } from 'preact/hooks';
import { type AuditEntry, auditPageSchema } from '../api/answers.ts';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Heading } from '../ui/heading.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Submit } from '../ui/submit.tsx';
import { AuditTable } from './audit-table.tsx';
import { AuditVerification } from './audit-verification.tsx';

const ENTRIES_AT_ONCE = 50;

export function AuditPage() {
  const { t } = useSpeech();
  const { api } = useSignedIn();
  const [entries, setEntries] = useState<readonly AuditEntry[]>();
  const [before, setBefore] = useState<string>();
  const act = useAct();

  const load = (): Promise<void> =>
    act.run(async () => {
      const from = before === undefined ? '' : `&before=${encodeURIComponent(before)}`;
      const page = await api.get(`/api/audit?limit=${ENTRIES_AT_ONCE}${from}`, auditPageSchema);
      setEntries([...(entries ?? []), ...page.entries]);
      setBefore(page.before ?? undefined);
    });
  useEffect(() => void load(), []);

  return (
    <section>
      <Heading>{t('audit')}</Heading>
      <AuditVerification />
      <ProblemNote problem={act.problem} />
      {entries && <AuditTable entries={entries} />}
      {entries?.length === 0 && <p class="quiet">{t('noEntries')}</p>}
      {(before !== undefined || act.problem) && (
        <p class="acts">
          <Submit busy={act.busy} tone="plain" onPress={() => void load()}>
            {act.problem ? t('retryNow') : t('older')}
          </Submit>
        </p>
      )}
      {!entries && !act.problem && <p class="quiet">{t('loading')}</p>}
    </section>
  );
}

import type { Decided } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { Rid } from '../rid.tsx';
import { StatusNote } from '../status-note.tsx';
import type { Decision } from './decision.ts';

interface Properties {
  readonly decision: Decision;
  readonly decided: readonly Decided[];
}

/** How it went with each. */
export function DecidedList({ decision, decided }: Properties) {
  const { t } = useSpeech();
  return (
    <ul class="decided">
      {decided.map(({ rid, code }) => (
        <li key={rid}>
          <p class="head">
            <Rid rid={rid} />
            {code ? (
              <span class="badge" data-tone="warn">
                {t('notDecided')}
              </span>
            ) : (
              <span class="badge" data-tone={decision === 'APPROVE' ? 'good' : 'bad'}>
                {t(decision === 'APPROVE' ? 'approved' : 'rejected')}
              </span>
            )}
          </p>
          {code && <StatusNote code={code} />}
        </li>
      ))}
    </ul>
  );
}

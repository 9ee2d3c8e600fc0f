import type { TrustState } from '../api/answers.ts';
import { useSpeech } from '../language.ts';

const TONES = {
  active: 'good',
  suspended: 'warn',
  draining: 'busy',
  revoked: 'bad',
  invited: 'none',
} as const satisfies Record<TrustState, string>;

/** Whether a station may work: not whether it is heard of, which is its link. */
export function StateBadge({ state }: { readonly state: TrustState }) {
  const { t } = useSpeech();
  return (
    <span class="badge" data-tone={TONES[state]} title={t(`${state}Hint`)}>
      {t(state)}
    </span>
  );
}

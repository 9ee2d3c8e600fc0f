/** Says loudly that what is shown is not live, since when, and what happens next. */

import { useSpeech } from '../language.ts';
import type { Connection } from './feed.ts';

interface Properties {
  readonly connection: Connection;
  /** When what is shown came, by the core's clock. */
  readonly asOfMs: number | undefined;
  readonly onRetry: () => void;
}

export function ConnectionBanner({ connection, asOfMs, onRetry }: Properties) {
  const { t, format } = useSpeech();
  switch (connection.state) {
    case 'connecting':
    case 'live':
    case 'refused':
      return null;
    case 'outdated':
      return (
        <section class="banner" data-state="outdated">
          <p>
            <strong>{t('outdated')}</strong>
          </p>
          <button type="button" onClick={() => location.reload()}>
            {t('reload')}
          </button>
        </section>
      );
    case 'lost': {
      const leftMs = connection.retryAtMs === null ? null : Math.max(1_000, connection.retryAtMs - Date.now());
      return (
        <section class="banner" data-state="lost">
          <p>
            <strong>{t('lost')}</strong>{' '}
            {asOfMs !== undefined && t('lostSince', { time: format.time(new Date(asOfMs)) })}{' '}
            <span class="countdown">
              {leftMs === null ? t('retrying') : t('retryIn', { amount: format.duration(leftMs) })}
            </span>
          </p>
          <button type="button" disabled={leftMs === null} onClick={onRetry}>
            {t('retryNow')}
          </button>
        </section>
      );
    }
  }
}

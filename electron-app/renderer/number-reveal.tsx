/**
 * A person's number on the screen: only when the operator asks, for half a minute, and never while nobody works in this
 * window. It is asked for anew each time, so the page holds it only while it is seen; nothing writes it anywhere.
 */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { useEffect, useState } from 'preact/hooks';
import type { ResultView } from '../shared-api.ts';
import { HideWhenAway } from './hide-when-away.tsx';
import { useSpeech } from './language.ts';
import { StatusNote } from './status-note.tsx';

const SHOWN_FOR_MS = 30_000;
const TICK_MS = 1_000;
const GROUP_DIGITS = 4;

type Reveal =
  | { readonly kind: 'hidden' | 'asking' | 'absent' }
  | { readonly kind: 'failed'; readonly code: StatusCode }
  | { readonly kind: 'shown'; readonly result: ResultView; readonly untilMs: number };

const HIDDEN: Reveal = { kind: 'hidden' };

export function NumberReveal({ rid }: { readonly rid: string }) {
  const { t } = useSpeech();
  const [reveal, setReveal] = useState<Reveal>(HIDDEN);

  async function show(): Promise<void> {
    setReveal({ kind: 'asking' });
    const answer = await window.station.result(rid);
    // Whoever looked away meanwhile does not want it on the screen any more.
    setReveal((now) => (now.kind === 'asking' ? revealOf(answer) : now));
  }

  return (
    <div class="reveal">
      {reveal.kind === 'shown' ? (
        <ShownNumber {...reveal} onHide={() => setReveal(HIDDEN)} />
      ) : (
        <button type="button" class="action" disabled={reveal.kind === 'asking'} onClick={() => void show()}>
          {t('showNumber')}
        </button>
      )}
      <div aria-live="polite">
        {reveal.kind === 'absent' && <p class="quiet">{t('noNumberYet')}</p>}
        {reveal.kind === 'failed' && <StatusNote code={reveal.code} />}
      </div>
      {reveal.kind === 'asking' && <HideWhenAway onHide={() => setReveal(HIDDEN)} />}
    </div>
  );
}

function revealOf(answer: Awaited<ReturnType<typeof window.station.result>>): Reveal {
  if (!answer.ok) return { kind: 'failed', code: answer.code };
  if (!answer.value) return { kind: 'absent' };
  return { kind: 'shown', result: answer.value, untilMs: Date.now() + SHOWN_FOR_MS };
}

interface ShownProperties {
  readonly result: ResultView;
  readonly untilMs: number;
  readonly onHide: () => void;
}

function ShownNumber({ result: { uin, disclosure }, untilMs, onHide }: ShownProperties) {
  const { t, format } = useSpeech();
  const [leftMs, setLeftMs] = useState(untilMs - Date.now());

  useEffect(() => {
    const timer = setInterval(() => {
      const left = untilMs - Date.now();
      if (left <= 0) onHide();
      else setLeftMs(left);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [untilMs]);

  return (
    <>
      <output class="uin" aria-label={t('number')} dir="ltr">
        {inGroups(uin).map((group, index) => (
          <span key={`${index} of ${uin.length}`}>{group}</span>
        ))}
      </output>
      <button type="button" class="action" onClick={onHide}>
        {t('hideNumber')}
      </button>
      {disclosure === 'masked' && <p class="quiet">{t('masked')}</p>}
      <p class="quiet" aria-hidden="true">
        {t('hidesIn', { amount: format.duration(Math.ceil(leftMs / TICK_MS) * TICK_MS) })}
      </p>
      <HideWhenAway onHide={onHide} />
    </>
  );
}

function inGroups(digits: string): string[] {
  const groups: string[] = [];
  for (let start = 0; start < digits.length; start += GROUP_DIGITS) {
    groups.push(digits.slice(start, start + GROUP_DIGITS));
  }
  return groups;
}

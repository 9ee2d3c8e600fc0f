/** What becomes of an order: it is carried out elsewhere, so the page asks now and then, and not for ever. */
import { useEffect, useState } from 'preact/hooks';
import { type OrderStatus, orderStatusSchema } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { ProblemNote } from '../ui/problem-note.tsx';
import { askAgainMs } from './orders.ts';

/** After that somebody has to press: about two minutes. */
const MOST_TIMES = 14;

interface Properties {
  readonly id: string;
  /** Told when nothing of it waits any more. */
  readonly onDone: () => void;
}

export function OrderNote({ id, onDone }: Properties) {
  const { t, format } = useSpeech();
  const { api } = useSignedIn();
  const path = `/api/registrations/actions/${id}`;
  const { value, problem, reload } = useLoaded(path, () => api.get(path, orderStatusSchema));
  const [times, setTimes] = useState(0);
  const isDone = value !== undefined && value.waiting === 0;

  const inWords = ({ applied, ignored, waiting }: OrderStatus) => ({
    applied: format.number(applied),
    ignored: format.number(ignored),
    waiting: format.number(waiting),
  });

  useEffect(() => {
    if (isDone) {
      onDone();
      return undefined;
    }
    if (times >= MOST_TIMES) return undefined;
    const timer = setTimeout(() => {
      setTimes(times + 1);
      reload();
    }, askAgainMs(times));
    return () => clearTimeout(timer);
  }, [isDone, times]);

  return (
    <>
      <p role="status">
        {!isDone ? t('beingCarriedOut') : value.applied === 0 ? t('nothingToDo') : t('carriedOut')}
        {value && value.applied + value.ignored + value.waiting > 1 && <> {t('orderCounts', inWords(value))}</>}
      </p>
      <ProblemNote problem={problem} />
      {!isDone && times >= MOST_TIMES && (
        <button type="button" class="act" onClick={() => setTimes(0)}>
          {t('lookAgain')}
        </button>
      )}
    </>
  );
}

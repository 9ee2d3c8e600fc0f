/** What a screen reader says by itself: the link coming and going, corrections that are asked for, limits coming near. */
import { Spoken } from '@enroute/shared/ui/spoken.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LimitsView } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { statusText } from './texts/status-text.ts';

interface Properties extends Pick<LimitsView, 'findings'> {
  readonly linkUp: boolean | undefined;
  readonly tasks: number;
}

export function Announcer({ linkUp, tasks, findings }: Properties) {
  const { t, count, language } = useSpeech();
  const [sentence, setSentence] = useState('');
  const limits = findings.map(({ code, weight }) => `${code} ${weight}`);
  const before = useRef({ linkUp, tasks, limits: [] as readonly string[] });

  useEffect(() => {
    const was = before.current;
    before.current = { linkUp, tasks, limits };
    const sentences: string[] = [];
    if (linkUp !== was.linkUp && was.linkUp !== undefined) sentences.push(t(linkUp ? 'saidLinkUp' : 'saidLinkDown'));
    if (tasks > was.tasks) sentences.push(count('saidTasks', tasks));
    for (const { code, weight } of findings) {
      if (was.limits.includes(`${code} ${weight}`)) continue;
      const { sentence: what, next } = statusText(code, language);
      sentences.push(...(weight === 'refuse' ? [`${t('noMoreEnrolments')}.`] : []), what, next);
    }
    if (sentences.length > 0) setSentence(sentences.join(' '));
  }, [linkUp, tasks, limits.join()]);

  return <Spoken sentence={sentence} />;
}

/** What a screen reader says by itself: the link coming and going, and registrations that are to be corrected. */
import { Spoken } from '@enroute/shared/ui/spoken.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSpeech } from './language.ts';

interface Properties {
  readonly linkUp: boolean | undefined;
  readonly tasks: number;
}

export function Announcer({ linkUp, tasks }: Properties) {
  const { t, count } = useSpeech();
  const [sentence, setSentence] = useState('');
  const before = useRef({ linkUp, tasks });

  useEffect(() => {
    const was = before.current;
    before.current = { linkUp, tasks };
    if (linkUp !== was.linkUp && was.linkUp !== undefined) setSentence(t(linkUp ? 'saidLinkUp' : 'saidLinkDown'));
    else if (tasks > was.tasks) setSentence(count('saidTasks', tasks));
  }, [linkUp, tasks]);

  return <Spoken sentence={sentence} />;
}

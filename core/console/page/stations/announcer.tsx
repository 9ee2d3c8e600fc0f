/**
 * What a screen reader says by itself: a station that fell silent or came back, and the connection. Numbers change all
 * the time and would never let it finish a sentence.
 */
import { Spoken } from '@enroute/shared/ui/spoken.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';
import type { Connection } from './feed.ts';
import { linkChanges, type StationView } from './station-view.ts';

/** More than this at once is a network, not a station; the table tells it better. */
const MAX_NAMED = 3;

interface Properties {
  readonly views: readonly StationView[] | undefined;
  readonly connection: Connection['state'];
}

export function Announcer({ views, connection }: Properties) {
  const { t } = useSpeech();
  const [sentence, setSentence] = useState('');
  const before = useRef<readonly StationView[] | undefined>(undefined);
  const wasLost = useRef(false);

  useEffect(() => {
    const changes = linkChanges(before.current ?? [], views ?? []);
    before.current = views;
    if (changes.length === 0) return;
    const sentences = changes
      .slice(0, MAX_NAMED)
      .map(({ station, link }) => t(link === 'online' ? 'becameOnline' : 'becameSilent', { station }));
    setSentence(sentences.join(' '));
  }, [views]);

  useEffect(() => {
    if (connection === 'live') {
      if (wasLost.current) setSentence(t('back'));
      wasLost.current = false;
    } else if (connection === 'lost' || connection === 'outdated') {
      wasLost.current = true;
      setSentence(t(connection));
    }
  }, [connection]);

  return <Spoken sentence={sentence} />;
}

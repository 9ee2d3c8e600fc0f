import { useSpeech } from '../language.ts';

/** A time as people agree on it, to the minute. */
export function Time({ at }: { readonly at: string }) {
  const { format } = useSpeech();
  return <time dateTime={at}>{format.dateTime(new Date(at))}</time>;
}

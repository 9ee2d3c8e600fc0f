import { useSpeech } from '../language.ts';
import { type StationView, summarise } from './station-view.ts';

/** The whole country in one line. */
export function SummaryLine({ views }: { readonly views: readonly StationView[] }) {
  const { count, format } = useSpeech();
  const { stations, silent, waitingPackets, waitingBytes, needsAttention } = summarise(views);
  return (
    <ul class="summary">
      <li>{count('stations', stations)}</li>
      <li class={silent > 0 ? 'bad' : ''}>{count('silentStations', silent)}</li>
      <li>
        {count('packetsWaiting', waitingPackets)}
        {waitingBytes > 0 && <span class="quiet"> ({format.bytes(waitingBytes)})</span>}
      </li>
      <li class={needsAttention > 0 ? 'warn' : ''}>{count('needAttention', needsAttention)}</li>
    </ul>
  );
}

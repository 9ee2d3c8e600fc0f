import { useSpeech } from '../language.ts';
import { QUEUED_PACKETS, type QueuedPackets } from './acts.ts';

interface Properties {
  readonly title: string;
  readonly chosen: QueuedPackets;
  readonly onChoose: (chosen: QueuedPackets) => void;
}

/** Whether packets that a machine has sealed and not yet delivered still count. */
export function QueuedChoice({ title, chosen, onChoose }: Properties) {
  const { t } = useSpeech();
  return (
    <fieldset class="choices">
      <legend>{title}</legend>
      {QUEUED_PACKETS.map((choice) => (
        <label key={choice} class="choice">
          <input
            type="radio"
            name="queuedPackets"
            value={choice}
            checked={choice === chosen}
            onChange={() => onChoose(choice)}
          />
          <span>
            <strong>{t(`${choice}Queued`)}</strong> {t(`${choice}QueuedMeaning`)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

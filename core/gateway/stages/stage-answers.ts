/** What the door for later answers needs, of an open core and its country's stages. */
import type { CoreDatabases } from '../../databases.ts';
import type { OpenCountry } from '../../pipeline/country/open-country.ts';
import { sendEvents } from '../../pipeline/events/send-events.ts';
import type { StageAnswersOptions } from './answer-routes.ts';

export function stageAnswersOf(
  { desks, answerKeys }: Pick<OpenCountry, 'desks' | 'answerKeys'>,
  { events }: Pick<CoreDatabases, 'events'>,
  now: () => Date,
): StageAnswersOptions {
  return { desks, keys: answerKeys, send: (answers) => sendEvents(answers, events), now };
}

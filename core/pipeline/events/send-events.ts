/** Writes events for registrations: whoever has something to tell a registration does it here, and nowhere else. */
import { randomBytes } from 'node:crypto';
import { type Database, MAX_BATCH, StoreError } from '../../store/store.ts';
import { type EventDraft, eventSchema, type PipelineEvent } from './event.ts';

const TOKEN_BYTES = 12;
/** Of what a wake brings along, as JSON. */
const MAX_BODY_BYTES = 8 * 1024;

/**
 * Durable when it resolves. One that brings its id is there once, however often it is sent; until it has been applied, and
 * then it is sent anew, and counts for nothing.
 * @throws RangeError on an event that nobody could read: nothing is written then; StoreError: some may have been written
 */
export async function sendEvents(events: readonly EventDraft[], database: Database): Promise<void> {
  const documents = events.map(toDocument);
  for (let from = 0; from < documents.length; from += MAX_BATCH) {
    const results = await database.write(documents.slice(from, from + MAX_BATCH));
    const refused = results.find((result) => !result.ok && result.reason === 'refused');
    if (refused) throw new StoreError(`the event ${refused.id} was refused`, { transient: false });
  }
}

/** Read as its receiver will read it, so that nothing is stored that stays for ever because nobody understands it. */
function toDocument(draft: EventDraft): PipelineEvent {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const parsed = eventSchema.safeParse({ ...draft, _id: draft._id ?? `${draft.rid}:${token}`, v: 1 });
  if (!parsed.success)
    throw new RangeError(`No event: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}.`);
  const { data } = parsed;
  if (!data._id.startsWith(`${data.rid}:`)) throw new RangeError('The id of an event begins with its registration.');
  if (data.kind === 'wake' && sizeOf(data.body) > MAX_BODY_BYTES)
    throw new RangeError('The body of an event is too large.');
  return data;
}

function sizeOf(body: unknown): number {
  return body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body));
}

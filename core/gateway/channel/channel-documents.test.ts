/** What a replicator asks for besides the feed, where it asks for much. */
import { expect, it } from 'vitest';
import { ask, openTestGateway, registered, STATION, writeDown } from '../gateway.fixture.ts';
import { toldRevision } from './channel-revisions.ts';

interface Told {
  readonly results: readonly { readonly docs: readonly { readonly ok?: { _revisions: { ids: string[] } } }[] }[];
}

it('documents that have gone, or never were, are told with few revisions, whatever revision is asked for', async () => {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  await writeDown(gateway, STATION, { _id: 'task:a' });
  const docs = Array.from({ length: 500 }, (_none, nth) => {
    const id = `task:none-${nth}`;
    return { id, rev: toldRevision('first', id, '1000-x') };
  });
  const path = `channel-${STATION}/_bulk_get?revs=true`;
  const answer = await ask(gateway, station, 'POST', path, { body: { docs } });
  expect(answer.status).toBe(200);
  const told = (answer.json as Told).results.map(({ docs }) => docs[0]?.ok?._revisions.ids.length);
  expect(told).toEqual(docs.map(() => 20));
  expect(answer.text.length).toBeLessThan(1_000_000);
});

import { describe, expect, it } from 'vitest';
import { ask, OTHER_STATION, openTestGateway, registered, STATION } from '../gateway.fixture.ts';
import { openCheckpoints } from './checkpoints.ts';

async function open() {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const other = await registered(gateway, OTHER_STATION);
  const get = (id: string) => ask(gateway, station, 'GET', `channel-${STATION}/_local/${id}`);
  const put = (id: string, body: unknown) => ask(gateway, station, 'PUT', `channel-${STATION}/_local/${id}`, { body });
  return { gateway, other, get, put };
}

describe('a checkpoint', () => {
  it('is kept as it was given, under revisions that a replicator must name', async () => {
    const { get, put } = await open();
    expect(await get('a.b==')).toMatchObject({ status: 404, json: { error: 'not_found' } });
    expect(await put('a.b==', { _id: '_local/a.b==', last_seq: 'x.1' })).toMatchObject({
      status: 201,
      json: { ok: true, id: '_local/a.b==', rev: '0-1' },
    });
    expect(await put('a.b==', { last_seq: 'x.2' })).toMatchObject({ status: 409, json: { error: 'ENR-CHN-004' } });
    expect(await put('a.b==', { _rev: '0-1', last_seq: 'x.2' })).toMatchObject({ json: { rev: '0-2' } });
    expect((await get('a.b==')).json).toEqual({ _id: '_local/a.b==', _rev: '0-2', last_seq: 'x.2' });
  });

  it('is not seen by another station, nor in the feed of its own', async () => {
    const { gateway, other, put } = await open();
    await put('a', { last_seq: 'x.1' });
    const theirs = await ask(gateway, other, 'GET', `channel-${OTHER_STATION}/_local/a`);
    expect(theirs).toMatchObject({ status: 404 });
    expect(await gateway.store.list('channel-')).toEqual([]);
  });

  it('takes the place of the oldest when there are too many, and is refused when it is too large', async () => {
    const { get, put } = await open();
    for (let nth = 0; nth < 9; nth += 1) expect((await put(`c${nth}`, { nth })).status).toBe(201);
    expect((await get('c0')).status).toBe(404);
    expect((await get('c1')).json).toMatchObject({ nth: 1 });
    expect(await put('large', { text: 'x'.repeat(64 * 1024) })).toMatchObject({ status: 413 });
  });

  it('has a name of letters, digits and little else', async () => {
    const { get, put } = await open();
    for (const id of ['..%2Fmanifest', 'a%20b', 'x'.repeat(129), '%00']) {
      expect((await get(id)).status, id).toBeGreaterThanOrEqual(400);
      expect((await put(id, {})).status, id).toBeGreaterThanOrEqual(400);
    }
  });

  it('of another epoch is none, for its places are of a feed that was restored since', async () => {
    const { gateway, put } = await open();
    await put('a', { last_seq: 'x.1' });
    const restored = openCheckpoints(gateway.databases.checkpoints, 'second');
    expect(await restored.get(STATION, 'a')).toBeUndefined();
    expect(await restored.put(STATION, 'a', undefined, { last_seq: 'y.1' })).toBe('0-1');
  });

  it('is written by one of two gateways that come at once, and the other is told', async () => {
    const { gateway } = await open();
    const [one, two] = [1, 2].map(() => openCheckpoints(gateway.databases.checkpoints, 'first'));
    const revs = await Promise.all([one, two].map((gate, nth) => gate?.put(STATION, 'a', undefined, { nth })));
    expect(revs.sort()).toEqual(['0-1', 'conflict']);
  });
});

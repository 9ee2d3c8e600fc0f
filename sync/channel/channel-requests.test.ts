/** The channel's requests over a real manager of the link, to a core or to what sits before it. */
import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayClient } from '../link/gateway-client.ts';
import { LinkError, LinkTooSlow } from '../link/link-error.ts';
import { LinkManager } from '../link/link-manager.ts';
import type { LinkStatus } from '../link/link-status.ts';
import { openLink } from '../link/open-link.fixture.ts';
import { serve } from '../link/server.fixture.ts';
import { type ChannelRequests, channelRequests } from './channel-requests.ts';
import { sendBatch, type UpDoc } from './send-batch.ts';

const DOCS: readonly UpDoc[] = [{ _id: 'doc:0' }, { _id: 'doc:1' }, { _id: 'doc:2' }];

interface Scene {
  readonly requests: ChannelRequests;
  readonly link: LinkManager;
  readonly contacts: () => number;
  readonly offsets: readonly number[];
}

async function scene(listener: RequestListener): Promise<Scene> {
  const { url } = await serve(listener);
  const offsets: number[] = [];
  let contacts = 0;
  const client = new GatewayClient({
    baseUrl: url,
    station: '1000110077',
    signingKey: newSigningKeyPair(),
    now: () => new Date(),
    onClockOffset: (offsetMs) => offsets.push(offsetMs),
  });
  const link = new LinkManager({
    backOff: { baseMs: 20, capMs: 40 },
    deniedMs: 1_000,
    plan: () => ({}),
    sent: { bytes: () => 0, add: () => undefined },
    addresses: () => '',
    now: () => new Date(),
    random: () => 0.5,
    onChange: () => undefined,
    onContact: () => {
      contacts += 1;
    },
  });
  const stopping = new AbortController();
  onTestFinished(async () => {
    stopping.abort();
    link.stop();
    await client.close();
  });
  const requests = channelRequests({ client, link, pollMs: 1_000, stopping: stopping.signal });
  return { requests, link, contacts: () => contacts, offsets };
}

async function sendAll(requests: ChannelRequests): Promise<string[]> {
  const told: string[] = [];
  for await (const answer of sendBatch(DOCS, requests.bulkDocs)) {
    told.push(...answer.map((result) => `${result.id} ${'ok' in result ? 'ok' : result.reason}`));
  }
  return told.sort();
}

const idsIn = async (request: Parameters<RequestListener>[0]): Promise<string[]> =>
  ((await json(request)) as { docs: UpDoc[] }).docs.map(({ _id }) => _id);

const accepted = (ids: readonly string[]): string => JSON.stringify(ids.map((id) => ({ id, ok: true, rev: '1-a' })));

describe('what sits before the core', () => {
  it.each([
    ['a page that asks to log in', 403, '<html>log in</html>'],
    ['a page as if all were well', 200, '<html>log in</html>'],
    ['JSON as if all were well', 200, '{"login":"required"}'],
    ['an empty list', 200, '[]'],
    ['the coded refusal of somebody else', 403, '{"error":"forbidden","reason":"_admin"}'],
  ])('is never taken for the core, nor its clock for the core’s: %s', async (_what, status, body) => {
    const { requests, link, contacts, offsets } = await scene((request, response) => {
      request.resume();
      response.writeHead(status, { date: 'Thu, 01 Jan 2015 00:00:00 GMT' });
      request.on('end', () => response.end(body));
    });
    for (let round = 0; round < 3; round += 1) {
      await expect(sendAll(requests)).rejects.toThrow(LinkError);
      await expect(requests.changes(undefined, 'at once')).rejects.toThrow(LinkError);
    }
    const down: Partial<LinkStatus> = { state: 'offline', up: false, lastSuccessAt: null };
    expect(link.status).toMatchObject(down);
    expect([contacts(), offsets]).toEqual([0, []]);
  });

  it('and lets one document not through is found out, and the others go up', async () => {
    const { requests, link } = await scene(async (request, response) => {
      const ids = await idsIn(request);
      if (ids.includes('doc:1')) return void response.writeHead(413).end('<html>too large</html>');
      response.end(accepted(ids));
    });
    expect(await sendAll(requests)).toEqual(['doc:0 ok', 'doc:1 ENR-CHN-005', 'doc:2 ok']);
    expect(link.status.state).toBe('online');
  });
});

describe('the core', () => {
  it('that can not read a batch has answered all the same', async () => {
    const { requests, link } = await scene(async (request, response) => {
      const ids = await idsIn(request);
      if (!ids.includes('doc:1')) return void response.end(accepted(ids));
      response.writeHead(400).end(JSON.stringify({ error: 'ENR-WEB-003', reason: '.', next: '.' }));
    });
    expect(await sendAll(requests)).toEqual(['doc:0 ok', 'doc:1 ENR-WEB-003', 'doc:2 ok']);
    expect(link.status.state).toBe('online');
  });
});

describe('a link that is too slow for a batch', () => {
  /** A client whose first requests fail as told. */
  function over(failures: readonly Error[]): { readonly requests: ChannelRequests; readonly limits: string[] } {
    const limits: string[] = [];
    const left = [...failures];
    const signingKey = newSigningKeyPair();
    const options = { baseUrl: 'http://127.0.0.1:1/', station: '1000110077', signingKey, now: () => new Date() };
    const client = new (class extends GatewayClient {
      override async request<T>(
        { path, body }: Parameters<GatewayClient['request']>[0],
        schema: Parameters<typeof GatewayClient.prototype.request<T>>[1],
      ): Promise<T> {
        const ids = ((body ?? { docs: [] }) as { docs: UpDoc[] }).docs.map(({ _id }) => _id);
        limits.push(new URLSearchParams(path.split('?')[1]).get('limit') ?? ids.join());
        const failure = left.shift();
        if (failure) throw failure;
        return schema.parse(body ? JSON.parse(accepted(ids)) : { results: [], last_seq: 'x' });
      }
    })(options);
    const { signal } = new AbortController();
    return { requests: channelRequests({ client, link: openLink(), pollMs: 1_000, stopping: signal }), limits };
  }

  it('is asked for half as many documents each time, and for all again once they came', async () => {
    const slow = new LinkTooSlow('no answer in time');
    const { requests, limits } = over([slow, slow, new LinkError('reset')]);
    for (let round = 0; round < 5; round += 1) await requests.changes('1.x', 'at once').catch(() => undefined);
    expect(limits).toEqual(['100', '50', '25', '25', '100']);
  });

  it('is given half as many', async () => {
    const { requests, limits } = over([new LinkTooSlow('no answer in time')]);
    expect(await sendAll(requests)).toEqual(['doc:0 ok', 'doc:1 ok', 'doc:2 ok']);
    expect(limits).toEqual(['doc:0,doc:1,doc:2', 'doc:0,doc:1', 'doc:2']);
  });
});

import { EventEmitter } from 'node:events';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW, testItem } from '../queue/queue.fixture.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import type { Station, StationStatus } from '../station.ts';
import { proofOf } from './agent-proof.ts';
import { startLocalApi } from './local-api.ts';

const TOKEN = 'a token of some length';
const item: QueueItem = { ...testItem(1), changedAt: NOW.toISOString() };
const status: StationStatus = {
  station: '1000110077',
  link: {
    state: 'online',
    up: true,
    since: NOW.toISOString(),
    reason: null,
    code: null,
    nextTryAt: null,
    lastSuccessAt: null,
    bytesPerSecond: null,
    sentTodayBytes: 0,
    dailyBytes: null,
    opensAt: null,
  },
  unsentBytes: 0,
  waiting: { packets: 1, bytes: 1000, oldest: NOW.toISOString() },
  awaitingApproval: { packets: 0, bytes: 0, oldest: null },
  drafts: 0,
  setAside: 0,
  limits: { roomFor: 5, freeBytes: 1e9, lastSyncAt: null, findings: [] },
  clockOffsetMs: null,
  clockWrongSince: null,
  packetsFolder: '/station/packets',
};

const unused = async (): Promise<never> => {
  throw new Error('not asked for');
};
async function* unusedList(): AsyncGenerator<never> {
  yield await unused();
}

async function open(change: Partial<Station> = {}): Promise<string> {
  const station: Station = {
    events: new EventEmitter(),
    link: { pause: () => undefined, resume: () => undefined, tryNow: () => undefined },
    signIn: unused,
    check: unused,
    enrol: unused,
    saveDraft: unused,
    readDraft: unused,
    review: unused,
    discardDraft: unused,
    approve: unused,
    reject: unused,
    status: async () => status,
    queue: async (limit, state) => [item, item, item].slice(0, state === 'DRAFT' ? 0 : limit),
    show: unused,
    verify: unusedList,
    release: unusedList,
    exportBundle: unusedList,
    importBundles: unusedList,
    result: unused,
    openTasks: async () => [],
    stop: unused,
    ...change,
  };
  const api = await startLocalApi(station, TOKEN, 0);
  onTestFinished(() => api.stop());
  return api.url;
}

/** With `node:http`, because a browser's fetch does not let the host be another. */
function ask(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
    asking.on('error', reject);
    asking.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    asking.end();
  });
}

describe("the station's own API", () => {
  it('shows status, queue and tasks to whoever has the token', async () => {
    const url = await open();
    const { unsentBytes: _inSeconds, ...told } = status;
    expect(JSON.parse((await ask(url, 'status')).text)).toEqual({
      ...told,
      link: { ...status.link, secondsLeft: null },
    });
    expect(JSON.parse((await ask(url, 'queue')).text)).toHaveLength(3);
    expect(JSON.parse((await ask(url, 'queue?limit=2')).text)).toHaveLength(2);
    expect(JSON.parse((await ask(url, 'queue?state=DRAFT')).text)).toEqual([]);
    expect(JSON.parse((await ask(url, 'tasks')).text)).toEqual([]);
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('shows nothing without the token', async () => {
    const url = await open();
    for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `bearer ${TOKEN}`, TOKEN, `Basic ${TOKEN}`]) {
      for (const path of ['status', 'queue', 'tasks', 'packets/1', 'enrol', 'x']) {
        const answer = await ask(url, path, { authorization });
        expect(answer.status).toBe(401);
        expect(JSON.parse(answer.text)).toMatchObject({ error: 'ENR-AUT-001' });
      }
    }
  });

  it('shows whoever asks, without the token, that it knows it, at this address and for this question', async () => {
    const url = await open();
    const [nonce, { host }] = ['1f'.repeat(32), new URL(url)];
    const hello = await ask(url, `hello?nonce=${nonce}`, { authorization: '' });
    expect(JSON.parse(hello.text)).toEqual({ proof: proofOf(TOKEN, nonce, host) });
    for (const other of [
      proofOf(`${TOKEN}x`, nonce, host),
      proofOf(TOKEN, '2f'.repeat(32), host),
      proofOf(TOKEN, nonce, '127.0.0.1:1'),
    ])
      expect(hello.text).not.toContain(other);
    for (const query of ['', '?nonce=', '?nonce=1f', `?nonce=${nonce}00`, `?nonce=${nonce}&nonce=${nonce}`])
      expect((await ask(url, `hello${query}`, { authorization: '' })).status, query).toBe(422);
    expect((await ask(url, `hello?nonce=${nonce}`, { host: 'evil.example' })).status).toBe(401);
  });

  it('shows nothing to a page that was lured here, even one that knows the token', async () => {
    const url = await open();
    const { host } = new URL(url);
    const lures = [
      { host: 'evil.example' },
      { host: host.replace('127.0.0.1', 'localhost') },
      { host: 'evil.example', 'x-forwarded-host': host },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${host}` },
    ];
    for (const headers of lures) expect((await ask(url, 'status', headers)).status, JSON.stringify(headers)).toBe(401);
  });

  it('says no in the words of the table, and never with a stack', async () => {
    const url = await open({
      status: async () => {
        throw new Error('/station/store: the file is gone');
      },
    });
    const failed = await ask(url, 'status');
    expect(failed.status).toBe(503);
    expect(JSON.parse(failed.text)).toMatchObject({ error: 'ENR-WEB-002', next: expect.any(String) });
    expect(failed.text).not.toMatch(/station\/store|<pre>|Error/);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'state=NOWHERE', 'other=1']) {
      const answer = await ask(url, `queue?${query}`);
      expect(answer.status).toBe(422);
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'ENR-WEB-003' });
    }
    expect((await ask(url, 'nothing')).status).toBe(404);
    expect((await ask(url, '%ZZ')).text).not.toMatch(/<pre>|node_modules/);
  });
});

/** What the local API does to a real station, asked as a script would. */
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AMINA, openTestDesk, SALIM, SECRETS, type TestDesk } from '../cli/desk.fixture.ts';
import { NOW } from '../queue/queue.fixture.ts';
import { FIELD_TIMING, startStation } from '../station.ts';
import { startLocalApi } from './local-api.ts';

const TOKEN = SECRETS.ENROUTE_LOCAL_TOKEN;
const amina = { person: AMINA.ENROUTE_PERSON, password: AMINA.ENROUTE_PERSON_PASSWORD };
const salim = { person: SALIM.ENROUTE_PERSON, password: SALIM.ENROUTE_PERSON_PASSWORD };
const UNKNOWN = '10001100770999920260301100000';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface Served {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
}

async function serve(desk: TestDesk): Promise<Served> {
  const station = await startStation({
    folder: desk.folder,
    passphrase: SECRETS.ENROUTE_STATION_PASSPHRASE,
    gatewayUrl: 'http://127.0.0.1:1/',
    timing: FIELD_TIMING,
    now: () => NOW,
    log: pino({ enabled: false }),
  });
  const api = await startLocalApi(station, TOKEN, 0);
  onTestFinished(async () => {
    await api.stop();
    await station.stop();
  });
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(new URL(path, api.url), { ...init, headers });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  };
  return {
    post: (path, body, headers = {}) =>
      ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers }),
    get: (path) => ask(path, {}),
  };
}

describe('an order to the local API', () => {
  it('enrols from a folder on this machine, signed by a person', async () => {
    const desk = await openTestDesk();
    const captureFolder = await desk.capture();
    const { post, get } = await serve(desk);
    const saved = await post('enrol', { ...amina, captureFolder });
    expect(saved.status).toBe(201);
    const { rid } = JSON.parse(saved.text) as { rid: string };
    const shown = await get(`packets/${rid}`);
    expect(shown.status).toBe(200);
    expect(JSON.parse(shown.text)).toMatchObject({ rid, operator: 'amina' });
  });

  it('is refused with all findings', async () => {
    const desk = await openTestDesk();
    const captureFolder = await desk.capture({ consent: false, documents: [] });
    const { post } = await serve(desk);
    const refused = await post('enrol', { ...amina, captureFolder });
    expect(refused.status).toBe(422);
    expect(JSON.parse(refused.text)).toMatchObject({
      error: 'ENR-VAL-001',
      reason: expect.any(String),
      next: expect.any(String),
      findings: [{ code: 'ENR-VAL-001' }, { code: 'ENR-VAL-003' }],
    });
    expect(JSON.parse((await post('check', { ...amina, captureFolder })).text)).toHaveLength(2);
  });

  it('says what is wrong by its status, too', async () => {
    const desk = await openTestDesk();
    await desk.coreSays({ approval: true });
    const rid = await desk.enrol();
    const { post, get } = await serve(desk);
    const wrong = { ...salim, password: 'no planted password' };
    expect(await get(`packets/${UNKNOWN}`)).toMatchObject({ status: 404 });
    expect(await get('packets/..%2F..%2Fagent')).toMatchObject({ status: 404 });
    expect(await post('approve', { ...wrong, rids: [rid] })).toMatchObject({ status: 401 });
    expect(await post('approve', { ...amina, rids: [rid] })).toMatchObject({ status: 403 });
    expect(await post('drafts/discard', { ...amina, rid })).toMatchObject({ status: 409 });
    expect(await post('approve', { ...salim, rids: [rid] })).toMatchObject({ status: 200 });
    for (let tries = 0; tries < 5; tries += 1) await post('review', { ...wrong, rid });
    const locked = await post('review', { ...salim, rid });
    expect(locked.status).toBe(423);
    expect(JSON.parse(locked.text)).toMatchObject({ error: 'ENR-STN-007', detail: expect.stringContaining('until') });
  });

  it('that is not as its route demands is refused before anything is done, and nothing of it comes back', async () => {
    const desk = await openTestDesk();
    const captureFolder = await desk.capture();
    const { post } = await serve(desk);
    for (const [path, body] of [
      ['enrol', { ...amina, captureFolder: 'a/relative/planted' }],
      ['enrol', { ...amina, captureFolder, planted: true }],
      ['enrol', { ...amina }],
      ['enrol', { captureFolder }],
      ['enrol', '{"planted'],
      ['enrol', JSON.stringify({ planted: 'x'.repeat(600_000) })],
      ['approve', { ...salim, rids: [] }],
      ['approve', { ...salim, rids: ['planted'] }],
      ['reject', { ...salim, rids: [UNKNOWN], reason: 'planted' }],
      ['import', { ...amina, sources: [] }],
      ['verify', { rid: 'planted' }],
      ['release', { planted: true }],
    ] as const) {
      const answer = await post(path, body);
      expect(answer, `${path} ${answer.text}`).toMatchObject({ status: 422 });
      expect(JSON.parse(answer.text)).toMatchObject({ error: 'ENR-WEB-003', next: expect.any(String) });
      expect(answer.text).not.toContain('planted password');
      expect(answer.text).not.toContain('a/relative');
    }
    expect(
      await post('enrol', JSON.stringify({ ...amina, captureFolder }), { 'content-type': 'text/plain' }),
    ).toMatchObject({ status: 422 });
  });

  it('that takes long is answered line by line, and what fails before the first line by its status', async () => {
    const desk = await openTestDesk();
    const rids = [await desk.enrol(), await desk.enrol()];
    const [good, nowhere] = [await desk.mosip(), `${desk.folder}/nowhere`];
    const { post } = await serve(desk);
    const verified = await post('verify', {});
    expect(verified).toMatchObject({ status: 200, type: expect.stringContaining('application/x-ndjson') });
    const lines = verified.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(rids.map((rid) => ({ rid, damage: null })));
    expect(await post('verify', { rid: UNKNOWN })).toMatchObject({ status: 404 });
    expect(await post('release', {})).toMatchObject({ status: 200, text: '' });
    const imported = await post('import', { ...amina, sources: [nowhere, good] });
    expect(
      imported.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { source: nowhere, saved: null, failure: { error: 'FOLDER_UNREADABLE' } },
      { source: good, saved: { rid: expect.any(String) }, failure: null },
    ]);
    const wrong = { ...amina, password: 'no planted password' };
    expect(await post('import', { ...wrong, sources: [good] })).toMatchObject({ status: 401 });
  });
});

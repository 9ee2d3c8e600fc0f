import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHANNELS, MAX_QUEUE_ROWS } from '../shared-api.ts';
import {
  type FakeIpc,
  type FakeStation,
  fakeIpc,
  fakeStation,
  itemOf,
  OWN_PAGE,
  ridOf,
  statusOf,
  taskOf,
  WINDOW_ID,
} from '../station.fixture.ts';
import { APP_URL } from './app-files.ts';
import { answerWindow } from './ipc-handlers.ts';

let station: FakeStation;
let ipc: FakeIpc;
let logged: string;
const log = pino(
  { base: null },
  {
    write: (line: string) => {
      logged += line;
    },
  },
);

beforeEach(() => {
  logged = '';
  station = fakeStation();
  ipc = fakeIpc();
  answerWindow(ipc, { station: Promise.resolve(station), windowId: WINDOW_ID, log });
});

describe('The window’s page', () => {
  it('is told how the station stands, with the code of a refusal taken out of its reason', async () => {
    const reason = new EnrouteError('ENR-AUT-005', 'station').message;
    station.now = statusOf({ link: { up: false, since: '2026-03-01T08:00:00.000Z', reason } });
    const answer = await ipc.invoke(CHANNELS.status, OWN_PAGE);
    expect(answer).toMatchObject({ ok: true, value: { link: { up: false, code: 'ENR-AUT-005', detail: reason } } });
    expect(JSON.stringify(answer)).not.toContain('packetsFolder');
  });

  it('gets rows without signatures, digests or keys', async () => {
    station.items = [itemOf(2, { urgent: true }), itemOf(1)];
    const answer = await ipc.invoke(CHANNELS.queue, OWN_PAGE, 1);
    expect(answer).toEqual({
      ok: true,
      value: [
        {
          rid: ridOf(2),
          process: 'NEW',
          urgent: true,
          bytes: 1_100_000,
          savedAt: station.items[0]?.savedAt,
          state: 'ANNOUNCED',
          outcome: null,
          problem: null,
          corrects: null,
        },
      ],
    });
  });

  it('gets the open tasks', async () => {
    station.tasks = [taskOf(1, 1_000, ['FACE'])];
    const value = [{ rid: ridOf(1), code: 'ENR-QUA-001', positions: ['FACE'], dueBy: station.tasks[0]?.dueBy }];
    expect(await ipc.invoke(CHANNELS.tasks, OWN_PAGE)).toEqual({ ok: true, value });
  });

  it('gets a number when it asks for one, null while there is none, and neither is logged', async () => {
    const result = { rid: ridOf(1), disclosure: 'full', uin: '2847103956' } as const;
    station.results.set(ridOf(1), result);
    expect(await ipc.invoke(CHANNELS.result, OWN_PAGE, ridOf(1))).toEqual({ ok: true, value: result });
    expect(await ipc.invoke(CHANNELS.result, OWN_PAGE, ridOf(2))).toEqual({ ok: true, value: null });
    expect(logged).toBe('');
  });
});

describe('Another frame', () => {
  it.each([
    ['of another window', { sender: { id: WINDOW_ID + 1 }, senderFrame: { url: APP_URL, parent: null } }],
    ['inside the page', { sender: { id: WINDOW_ID }, senderFrame: { url: APP_URL, parent: {} } }],
    ['from the web', { sender: { id: WINDOW_ID }, senderFrame: { url: 'https://evil.example/', parent: null } }],
    ['of another host', { sender: { id: WINDOW_ID }, senderFrame: { url: 'enroute://evil/index.html', parent: null } }],
    ['from a file', { sender: { id: WINDOW_ID }, senderFrame: { url: 'file:///station/index.html', parent: null } }],
    ['that has gone', { sender: { id: WINDOW_ID }, senderFrame: null }],
  ])('%s is not answered', async (_name, caller) => {
    for (const channel of [CHANNELS.status, CHANNELS.queue, CHANNELS.tasks, CHANNELS.result]) {
      await expect(ipc.invoke(channel, caller, ridOf(1))).rejects.toThrow('refused');
    }
    expect(station.asked).toEqual([]);
  });
});

describe('A question', () => {
  it.each([
    [CHANNELS.status, ['anything']],
    [CHANNELS.tasks, [{}]],
    [CHANNELS.queue, []],
    [CHANNELS.queue, ['10']],
    [CHANNELS.queue, [0]],
    [CHANNELS.queue, [1.5]],
    [CHANNELS.queue, [MAX_QUEUE_ROWS + 1]],
    [CHANNELS.queue, [1, 2]],
    [CHANNELS.result, []],
    [CHANNELS.result, ['../../etc/passwd']],
    [CHANNELS.result, [{ $gt: '' }]],
    [CHANNELS.result, [`${ridOf(1).slice(0, 19)}30${ridOf(1).slice(21)}`]],
  ])('on %s with %j is refused', async (channel, values) => {
    expect(await ipc.invoke(channel, OWN_PAGE, ...values)).toEqual({ ok: false, code: 'ENR-WEB-003' });
    expect(station.asked).toEqual([]);
  });

  it('is answered with the reason why the station could not be started', async () => {
    const failing = fakeIpc();
    const notOpened = Promise.reject(new EnrouteError('ENR-STN-005'));
    answerWindow(failing, { station: notOpened, windowId: WINDOW_ID, log });
    expect(await failing.invoke(CHANNELS.status, OWN_PAGE)).toEqual({ ok: false, code: 'ENR-STN-005' });
  });

  it('that fails for an unknown reason says so to the page, and the reason to the log only', async () => {
    station.status = () => Promise.reject(new Error('SQLITE_IOERR'));
    expect(await ipc.invoke(CHANNELS.status, OWN_PAGE)).toEqual({ ok: false, code: 'ENR-WEB-002' });
    expect(logged).toContain('SQLITE_IOERR');
  });
});

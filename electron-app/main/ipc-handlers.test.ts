import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { PERSON } from '../enrolment.fixture.ts';
import { CHANNELS, MAX_DECISIONS, MAX_QUEUE_ROWS } from '../shared-api.ts';
import {
  aFullTray,
  type FakeIpc,
  type FakeStation,
  fakeIpc,
  fakeStation,
  itemOf,
  LOW_ON_ROOM,
  linkOf,
  OWN_PAGE,
  PASSWORD,
  ridOf,
  SUPERVISOR,
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
    station.now = statusOf({
      link: linkOf({ state: 'blocked', up: false, since: '2026-03-01T08:00:00.000Z', reason, code: 'ENR-AUT-005' }),
    });
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
          rejection: null,
          corrects: null,
        },
      ],
    });
  });

  it('is told the limits by code and weight, and nothing of the disk', async () => {
    station.now = statusOf({ limits: LOW_ON_ROOM });
    const answer = await ipc.invoke(CHANNELS.status, OWN_PAGE);
    expect(answer).toMatchObject({
      value: {
        limits: {
          roomFor: 130,
          lastSyncAt: LOW_ON_ROOM.lastSyncAt,
          findings: [
            { code: 'ENR-LIM-001', weight: 'warn' },
            { code: 'ENR-LIM-006', weight: 'warn' },
          ],
        },
      },
    });
    expect(JSON.stringify(answer)).not.toContain('freeBytes');
  });

  it('gets what awaits approval, the longest waiting first, with nobody’s name', async () => {
    aFullTray(station);
    const answer = await ipc.invoke(CHANNELS.awaiting, OWN_PAGE);
    expect(answer).toMatchObject({
      value: [
        { rid: ridOf(21), process: 'NEW', urgent: false, operator: 'bashir' },
        { rid: ridOf(22), urgent: true },
        { rid: ridOf(23), operator: SUPERVISOR },
      ],
    });
  });

  it('stops the link, lets it go on, and has it tried', async () => {
    for (const order of ['pause', 'try', 'resume']) {
      expect(await ipc.invoke(CHANNELS.link, OWN_PAGE, order)).toEqual({ ok: true, value: null });
    }
    expect(station.orders).toEqual(['pause', 'tryNow', 'resume']);
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

describe('A supervisor at the window', () => {
  const signIn = { person: SUPERVISOR, password: PASSWORD };
  beforeEach(() => aFullTray(station));

  it('sees what was captured, in the answer to that very sign-in', async () => {
    const answer = await ipc.invoke(CHANNELS.review, OWN_PAGE, [ridOf(21)], signIn);
    expect(answer).toMatchObject({ ok: true, value: [{ rid: ridOf(21), enrolment: { ok: true } }] });
    expect(JSON.stringify(answer)).toContain(PERSON);
  });

  it('decides on several, and is told how it went with each', async () => {
    const rids = [ridOf(21), ridOf(23)];
    const value = [{ rid: ridOf(21) }, { rid: ridOf(23), code: 'ENR-APR-001' }];
    expect(await ipc.invoke(CHANNELS.approve, OWN_PAGE, rids, signIn)).toEqual({ ok: true, value });
    expect(await station.show(ridOf(21))).toMatchObject({ state: 'APPROVED' });

    const rejected = await ipc.invoke(CHANNELS.reject, OWN_PAGE, [ridOf(22)], 'CONSENT', signIn);
    expect(rejected).toEqual({ ok: true, value: [{ rid: ridOf(22) }] });
    expect(await station.show(ridOf(22))).toMatchObject({ state: 'REJECTED', rejection: { reason: 'CONSENT' } });
  });

  it.each([
    ['with a wrong password', { ...signIn, password: 'a wrong password' }, 'ENR-STN-005'],
    ['who is an operator only', { ...signIn, person: 'amina' }, 'ENR-APR-002'],
  ])('%s neither sees nor decides anything', async (_who, as, code) => {
    const before = station.items;
    for (const values of [
      [CHANNELS.review, [ridOf(21)], as],
      [CHANNELS.approve, [ridOf(21)], as],
      [CHANNELS.reject, [ridOf(21)], 'OTHER', as],
    ] as const) {
      const [channel, ...rest] = values;
      expect(await ipc.invoke(channel, OWN_PAGE, ...rest)).toEqual({ ok: false, code });
    }
    expect(station.items).toBe(before);
    expect(station.lookedInto).toEqual([]);
  });

  it('leaves neither password nor name in the log, even when the station fails', async () => {
    await ipc.invoke(CHANNELS.review, OWN_PAGE, [ridOf(21)], signIn);
    station.approve = () => Promise.reject(new Error('SQLITE_IOERR'));
    expect(await ipc.invoke(CHANNELS.approve, OWN_PAGE, [ridOf(21)], signIn)).toMatchObject({ code: 'ENR-WEB-002' });
    expect(logged).toContain('SQLITE_IOERR');
    for (const secret of [PASSWORD, PERSON]) expect(logged).not.toContain(secret);
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
    aFullTray(station);
    const { changed: _changed, progress: _progress, ...asked } = CHANNELS;
    for (const channel of Object.values(asked)) {
      await expect(ipc.invoke(channel, caller, ridOf(1))).rejects.toThrow('refused');
    }
    const signIn = { person: SUPERVISOR, password: PASSWORD };
    await expect(ipc.invoke(CHANNELS.review, caller, [ridOf(21)], signIn)).rejects.toThrow('refused');
    expect([station.asked, station.lookedInto]).toEqual([[], []]);
    expect(logged).not.toContain(PASSWORD);
  });
});

const many = Array.from({ length: MAX_DECISIONS + 1 }, (_, index) => ridOf(index + 1));
const signIn = { person: SUPERVISOR, password: PASSWORD };

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
    [CHANNELS.awaiting, [1]],
    [CHANNELS.link, []],
    [CHANNELS.link, ['stop']],
    [CHANNELS.link, ['pause', 1]],
    [CHANNELS.review, [[ridOf(1)]]],
    [CHANNELS.review, [[], signIn]],
    [CHANNELS.review, [many, signIn]],
    [CHANNELS.review, [[ridOf(1), ridOf(1)], signIn]],
    [CHANNELS.review, [['../../people'], signIn]],
    [CHANNELS.approve, [[ridOf(1)], { person: '../salim', password: PASSWORD }]],
    [CHANNELS.approve, [[ridOf(1)], { ...signIn, roles: ['supervisor'] }]],
    [CHANNELS.approve, [[ridOf(1)], { ...signIn, password: '' }]],
    [CHANNELS.approve, [[ridOf(1)], { ...signIn, password: 'x'.repeat(1_025) }]],
    [CHANNELS.approve, [[ridOf(1)], 'OTHER', signIn]],
    [CHANNELS.reject, [[ridOf(1)], signIn]],
    [CHANNELS.reject, [[ridOf(1)], 'because I say so', signIn]],
  ])('on %s with %j is refused', async (channel, values) => {
    station.items = [itemOf(1, { state: 'AWAITING_APPROVAL' })];
    expect(await ipc.invoke(channel, OWN_PAGE, ...values)).toEqual({ ok: false, code: 'ENR-WEB-003' });
    expect([station.asked, station.lookedInto]).toEqual([[], []]);
    expect(await station.show(ridOf(1))).toMatchObject({ state: 'AWAITING_APPROVAL' });
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

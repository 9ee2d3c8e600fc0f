import { TOTP, URI } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { listEntries } from '../../audit/list-entries.ts';
import { NOW, openTestGateway, type TestGateway } from '../gateway.fixture.ts';

const PASSWORD = 'four words that do not belong';

interface Said {
  readonly status: number;
  readonly json: Record<string, unknown>;
  readonly text: string;
  readonly cookie: string;
  readonly headers: Headers;
}

async function ask(
  gateway: TestGateway,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Said> {
  const response = await fetch(new URL(path, gateway.url), {
    method,
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  return {
    status: response.status,
    json: text.startsWith('{') ? JSON.parse(text) : {},
    text,
    cookie,
    headers: response.headers,
  };
}

/** An administrator who has signed in by a link and chosen a password. */
async function administrator(gateway: TestGateway) {
  const { link } = await gateway.people.administration.create('head', { roles: ['administrator'], centers: 'all' });
  const entered = await ask(gateway, 'POST', 'api/session/link', { body: { link } });
  const chosen = await ask(gateway, 'PUT', 'api/session/password', {
    body: { to: PASSWORD },
    headers: { cookie: entered.cookie },
  });
  return { link, cookie: chosen.cookie };
}

describe('signing in at the door', () => {
  it('answers with who it is and a cookie, and says with a wait that it is locked', async () => {
    const gateway = await openTestGateway();
    await administrator(gateway);
    const sign = (password: string) => ask(gateway, 'POST', 'api/session', { body: { id: 'head', password } });
    const entered = await sign(PASSWORD);
    expect(entered.json).toEqual({
      actor: { id: 'head', roles: ['administrator'], centers: 'all' },
      secondFactor: false,
      mustChangePassword: false,
      mustSetUpSecondFactor: false,
    });
    expect(entered.headers.get('set-cookie')).toMatch(/^enroute-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    for (let n = 0; n < 5; n += 1) expect((await sign('not it at all')).json.error).toBe('ENR-PPL-001');
    const locked = await sign(PASSWORD);
    expect([locked.status, locked.json.error, locked.headers.get('retry-after')]).toEqual([429, 'ENR-PPL-003', '60']);
  });

  it('does not take over a session that somebody planted', async () => {
    const gateway = await openTestGateway();
    const { cookie } = await administrator(gateway);
    const body = { id: 'head', password: PASSWORD };
    const entered = await ask(gateway, 'POST', 'api/session', { body, headers: { cookie } });
    expect(entered.cookie).not.toBe(cookie);
    expect((await ask(gateway, 'GET', 'api/session', { headers: { cookie } })).status).toBe(401);
    expect((await ask(gateway, 'GET', 'api/session', { headers: { cookie: entered.cookie } })).status).toBe(200);
  });

  it('begins a session of a token of its own, whatever cookie came along, by password as by link', async () => {
    const gateway = await openTestGateway();
    await administrator(gateway);
    const { link } = await gateway.people.administration.create('lea', { roles: ['auditor'], centers: 'all' });
    const planted = { cookie: `enroute-session=${'A'.repeat(43)}` };
    const entries = [
      await ask(gateway, 'POST', 'api/session', { body: { id: 'head', password: PASSWORD }, headers: planted }),
      await ask(gateway, 'POST', 'api/session/link', { body: { link }, headers: planted }),
    ];
    expect(new Set([planted.cookie, ...entries.map(({ cookie }) => cookie)]).size).toBe(3);
    expect((await ask(gateway, 'GET', 'api/session', { headers: planted })).status).toBe(401);
  });

  it('stands in the audit, as does what is done then', async () => {
    const gateway = await openTestGateway();
    const { cookie } = await administrator(gateway);
    const body = { name: 'printer', roles: ['auditor'], centers: 'all', days: 1 };
    expect((await ask(gateway, 'POST', 'api/services', { body, headers: { cookie } })).status).toBe(201);
    const { entries } = await listEntries(gateway.databases.audit, 10);
    expect(entries[0]).toMatchObject({ by: 'head', act: 'service.add', outcome: 'done' });
    expect(entries[0]?.done).toContain('service printer: auditor');
  });
});

it('shows the audit, and that it holds, to who may see it', async () => {
  const gateway = await openTestGateway();
  const { cookie } = await administrator(gateway);
  const page = await ask(gateway, 'GET', 'api/audit?limit=2', { headers: { cookie } });
  expect(page.json).toMatchObject({
    entries: [
      { act: 'password.change', outcome: 'done' },
      { act: 'password.change', outcome: 'begun' },
    ],
  });
  const older = await ask(gateway, 'GET', `api/audit?before=${page.json.before}`, { headers: { cookie } });
  expect(older.json).toMatchObject({ entries: [{ act: 'session.begin-by-link' }, { act: 'audit.open' }] });
  const verdict = await ask(gateway, 'GET', 'api/audit/verification', { headers: { cookie } });
  expect(verdict.json).toMatchObject({ holds: true, faults: [], writers: [{ entries: 4 }] });
});

describe('an administrator whose session somebody has found', () => {
  it('is nobody that people are added or given links by: that takes the password, and a code, once more', async () => {
    const gateway = await openTestGateway();
    const { cookie } = await administrator(gateway);
    const headers = { cookie };
    const person = { id: 'lea', roles: ['administrator'], centers: 'all' };
    const add = (proof: object) => ask(gateway, 'POST', 'api/people', { headers, body: { ...person, ...proof } });
    const give = (id: string, proof: object) =>
      ask(gateway, 'POST', `api/people/${id}/link`, { headers, body: { ...proof } });
    const right = { password: PASSWORD };
    expect(await add({})).toMatchObject({ status: 400, json: { error: 'ENR-WEB-006' } });
    expect(await add({ password: 'not it at all' })).toMatchObject({ status: 401, json: { error: 'ENR-PPL-001' } });
    expect(await add(right)).toMatchObject({ status: 201, json: { id: 'lea' } });
    expect(await give('lea', {})).toMatchObject({ status: 400 });
    expect(await give('lea', { password: 'not it at all' })).toMatchObject({ status: 401 });
    expect(await give('lea', right)).toMatchObject({ status: 200 });
    expect(await give('head', right)).toMatchObject({ status: 403, json: { error: 'ENR-PPL-016' } });
    const { entries } = await listEntries(gateway.databases.audit, 3);
    expect(entries.map(({ act, outcome, done }) => [act, outcome, done])).toEqual([
      ['person.give-link', 'ENR-PPL-016', 'person head'],
      ['person.give-link', 'begun', 'person head'],
      ['person.give-link', 'done', 'person lea'],
    ]);
  });

  it('asks for a code where one is set up, and takes each once', async () => {
    const gateway = await openTestGateway();
    const { cookie } = await administrator(gateway);
    const offered = await ask(gateway, 'POST', 'api/session/second-factor', {
      body: { password: PASSWORD },
      headers: { cookie },
    });
    const totp = URI.parse(String(offered.json.uri));
    const code = (stepsOff: number) =>
      totp instanceof TOTP ? totp.generate({ timestamp: NOW.getTime() + stepsOff * 30_000 }) : '';
    const on = await ask(gateway, 'PUT', 'api/session/second-factor', { body: { code: code(0) }, headers: { cookie } });
    const add = (id: string, proof: object) => {
      const body = { id, roles: ['auditor'], centers: 'all', password: PASSWORD, ...proof };
      return ask(gateway, 'POST', 'api/people', { headers: { cookie: on.cookie }, body });
    };
    expect(await add('lea', {})).toMatchObject({ status: 401, json: { error: 'ENR-PPL-002' } });
    expect(await add('lea', { code: code(0) })).toMatchObject({ status: 401, json: { error: 'ENR-PPL-002' } });
    expect(await add('lea', { code: code(1) })).toMatchObject({ status: 201 });
    expect(await add('mia', { code: code(1) })).toMatchObject({ status: 401, json: { error: 'ENR-PPL-002' } });
  });
});

it('lets one person look on live eight times at once; a further one takes the place of the oldest', async () => {
  const gateway = await openTestGateway();
  const { cookie } = await administrator(gateway);
  const look = async () => {
    const live = await fetch(new URL('api/stations/live', gateway.url), { headers: { cookie } });
    const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: []\n\n');
    return reader;
  };
  const [oldest, next] = [await look(), await look()];
  for (let n = 2; n < 8; n += 1) await look();
  const ninth = look();
  let done = false;
  while (!done) done = (await oldest?.read())?.done ?? true;
  await ninth;
  expect((await next?.read())?.value).toBe(': still here\n\n');
});

it('ends live events when the session ends', async () => {
  const gateway = await openTestGateway();
  const { cookie } = await administrator(gateway);
  const live = await fetch(new URL('api/stations/live', gateway.url), { headers: { cookie } });
  const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: []\n\n');
  await ask(gateway, 'DELETE', 'api/session', { headers: { cookie } });
  let done = false;
  while (!done) done = (await reader?.read())?.done ?? true;
  expect((await fetch(new URL('api/stations/live', gateway.url), { headers: { cookie } })).status).toBe(401);
});

it('lets no password, code, secret, link or cookie into logs, audit, answers to others, or the store', async () => {
  const gateway = await openTestGateway();
  const { link, cookie } = await administrator(gateway);
  const headers = { cookie };
  const offered = await ask(gateway, 'POST', 'api/session/second-factor', { body: { password: PASSWORD }, headers });
  const totp = URI.parse(String(offered.json.uri));
  const code = totp instanceof TOTP ? totp.generate({ timestamp: NOW.getTime() }) : '';
  const confirmed = await ask(gateway, 'PUT', 'api/session/second-factor', { body: { code }, headers });
  const body = { name: 'printer', roles: ['auditor'], centers: 'all', days: 1 };
  const service = await ask(gateway, 'POST', 'api/services', { body, headers: { cookie: confirmed.cookie } });
  const typed = 'my password in the wrong field';
  const refused = await Promise.all([
    ask(gateway, 'POST', 'api/session', { body: { id: typed, password: 'planted password one' } }),
    ask(gateway, 'POST', 'api/session', { body: { id: 'head', password: 'planted password two' } }),
    ask(gateway, 'POST', 'api/session', { body: { id: 'head', password: PASSWORD, code } }),
    ask(gateway, 'POST', 'api/session/link', { body: { link } }),
    ask(gateway, 'POST', 'api/session', { body: { id: 7, password: ['planted password three'] } }),
    ask(gateway, 'GET', 'api/people', { headers: { authorization: 'Bearer planted.secret-of-a-service' } }),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 400, 401]);
  const secrets = [
    PASSWORD,
    typed,
    'planted',
    link,
    String(offered.json.secret),
    String(service.json.secret).split('.')[1] ?? '',
    cookie.split('=')[1] ?? '',
    confirmed.cookie.split('=')[1] ?? '',
  ];
  expect(secrets.every((secret) => secret.length > 6)).toBe(true);
  const everything = { start: '', end: '\u{10ffff}', limit: 1_000 };
  const { audit, people, sessions, limits } = gateway.databases;
  const written = await Promise.all([audit, people, sessions, limits].map((database) => database.range(everything)));
  const places = {
    logs: JSON.stringify(gateway.logs),
    store: JSON.stringify(written),
    answers: refused.map(({ text }) => text).join('\n'),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) expect(text.includes(secret), `${place}: ${secret}`).toBe(false);
  }
  // Six digits may stand anywhere by chance; in words of ours they may not.
  expect(places.answers).not.toContain(code);
});

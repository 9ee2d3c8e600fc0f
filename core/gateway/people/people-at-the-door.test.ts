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
  expect(page.json).toMatchObject({ entries: [{ act: 'password.change' }, { act: 'session.begin-by-link' }] });
  const older = await ask(gateway, 'GET', `api/audit?before=${page.json.before}`, { headers: { cookie } });
  expect(older.json).toMatchObject({ entries: [{ act: 'audit.open' }] });
  const verdict = await ask(gateway, 'GET', 'api/audit/verification', { headers: { cookie } });
  expect(verdict.json).toMatchObject({ holds: true, faults: [], writers: [{ entries: 3 }] });
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

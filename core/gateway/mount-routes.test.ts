/** What the door does for every route, whatever the route does. */
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { AuditNote } from '../audit/audit.ts';
import type { Actor } from '../people/person.ts';
import { listen } from './door/gateway-server.ts';
import { openRateLimits } from './door/rate-limits.ts';
import { RefusalWithHeaders } from './door/refuse.ts';
import { namingRequests } from './door/request-id.ts';
import { type Answer, ask, captureLog, type LogLine } from './gateway.fixture.ts';
import { mountRoutes } from './mount-routes.ts';
import type { Asked, JsonRoute, Route } from './route.ts';

const AMINA: Actor = { id: 'amina', kind: 'person', roles: ['supervisor'], centers: ['10001'] };
const BADR: Actor = { id: 'badr', kind: 'person', roles: ['administrator'], centers: 'all' };
const PRINTER: Actor = { ...BADR, id: 'service:printer', kind: 'service' };
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

const of = (who: string) => ({ cookie: `who=${who}`, ...OWN_PAGE });

async function behindTheDoor(routes: readonly Route[], settings: { readonly failingAudit?: boolean } = {}) {
  const logs: LogLine[] = [];
  const notes: AuditNote[] = [];
  const log = namingRequests(captureLog(logs));
  const app = express();
  mountRoutes(app, routes, {
    limits: openRateLimits(),
    authenticateStation: () => Promise.reject(new Error('no stations here')),
    authenticateStage: () => {
      throw new Error('no stages here');
    },
    authenticatePerson: async (cookies, authorization) => {
      if (authorization === 'Bearer printer') return { actor: PRINTER, by: 'service' };
      const actor = [AMINA, BADR].find(({ id }) => id === cookies.who);
      if (!actor) throw new RefusalWithHeaders('ENR-AUT-001', {}, 401);
      return { actor, by: 'session' };
    },
    noteSeen: async () => undefined,
    noteAct: async (note) => {
      if (settings.failingAudit) throw new Error('the disk is full');
      notes.push(note);
    },
    log,
  });
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0, log });
  onTestFinished(() => close(async () => undefined));
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> =>
    ask({ url }, undefined, method, path, { headers, body });
  return { send, logs, notes };
}

function route(change: Partial<JsonRoute> = {}): JsonRoute {
  return {
    kind: 'json',
    method: 'GET',
    path: '/things',
    access: { by: 'people', roles: 'signed-in' },
    rate: 'people',
    answer: async ({ params, body, actor }) => ({ body: { params, body, actor: actor?.id } }),
    ...change,
  };
}

const bySupervisors = { by: 'people', roles: ['supervisor'] } as const;
const change = { method: 'PUT', act: 'thing.change', access: { by: 'people', roles: ['administrator'] } } as const;

describe('an address', () => {
  it('is known by method: another one is told which there are', async () => {
    const { send } = await behindTheDoor([route(), route({ method: 'DELETE' })]);
    for (const method of ['PUT', 'OPTIONS', 'PROPFIND']) {
      const answer = await send(method, 'things');
      expect(answer).toMatchObject({ status: 405, json: { error: 'ENR-WEB-007' } });
      expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD');
    }
    expect(await send('GET', 'thing')).toMatchObject({ status: 404, json: { error: 'ENR-WEB-001' } });
    expect(await send('GET', 'Things')).toMatchObject({ status: 404 });
  });

  it('that is spelt out is not hidden by one that may be anything', async () => {
    const any = route({ path: '/things/:thing' });
    const { send } = await behindTheDoor([
      any,
      route({ path: '/things/live', answer: async () => ({ body: 'live' }) }),
    ]);
    expect((await send('GET', 'things/live', of('badr'))).json).toBe('live');
    expect((await send('GET', 'things/7', of('badr'))).json).toMatchObject({ params: { thing: '7' } });
  });
});

describe('who may', () => {
  it('is asked who they are, and then for a role', async () => {
    const { send } = await behindTheDoor([route({ access: bySupervisors })]);
    expect(await send('GET', 'things')).toMatchObject({ status: 401 });
    expect(await send('GET', 'things', of('badr'))).toMatchObject({ status: 403, json: { error: 'ENR-WEB-009' } });
    expect(await send('GET', 'things', of('amina'))).toMatchObject({ status: 200, json: { actor: 'amina' } });
  });

  it('sees what is of their own centers, however the address names it', async () => {
    const access = { by: 'people', roles: 'signed-in' } as const;
    const paths = ['/stations/:station', '/centers/:center', '/registrations/:rid'];
    const { send } = await behindTheDoor(paths.map((path) => route({ path, access })));
    const own = ['stations/1000110077', 'centers/10001', 'registrations/10001100770000120260301100000'];
    for (const path of own) expect(await send('GET', path, of('amina')), path).toMatchObject({ status: 200 });
    const others = [
      'stations/1000210077',
      'centers/10002',
      'registrations/10002100770000120260301100000',
      'stations/10001',
      'centers/10001%20',
      'registrations/10001',
    ];
    for (const path of others) {
      expect(await send('GET', path, of('amina')), path).toMatchObject({ status: 403, json: { error: 'ENR-WEB-009' } });
      expect(await send('GET', path, of('badr')), path).toMatchObject({ status: 200 });
    }
  });

  it('changes nothing by a page of another site; a service has no page', async () => {
    const { send } = await behindTheDoor([route(change), route({ path: '/read' })]);
    const cookie = 'who=badr';
    const foreign = [
      { cookie },
      { cookie, 'sec-fetch-site': 'cross-site' },
      { cookie, 'sec-fetch-site': 'same-site' },
      { cookie, origin: 'http://elsewhere.example' },
      { cookie, origin: 'null' },
    ];
    for (const headers of foreign) {
      expect(await send('PUT', 'things', headers)).toMatchObject({ status: 403, json: { error: 'ENR-WEB-010' } });
    }
    expect(await send('GET', 'read', { cookie, 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 200 });
    expect(await send('PUT', 'things', { cookie, ...OWN_PAGE })).toMatchObject({ status: 200 });
    expect(await send('PUT', 'things', { authorization: 'Bearer printer' })).toMatchObject({ status: 200 });
  });
});

describe('a body', () => {
  const schema = z.strictObject({ name: z.string().max(10), roles: z.array(z.enum(['a', 'b'])) });
  const taking = route({ ...change, method: 'POST', body: schema, maxBodyBytes: 200 });

  it('is what the route expects, or it is told where it is not, and not what stands there', async () => {
    const { send, logs } = await behindTheDoor([taking]);
    const good = { name: 'x', roles: ['a'] };
    expect(await send('POST', 'things', of('badr'), good)).toMatchObject({ status: 200, json: { body: good } });
    const bad = await send('POST', 'things', of('badr'), { name: 'secret-too-long', roles: ['a', 'z'] });
    expect(bad).toMatchObject({ status: 400, json: { error: 'ENR-WEB-006', places: ['name', 'roles.1'] } });
    expect(await send('POST', 'things', of('badr'))).toMatchObject({ status: 400, json: { places: [''] } });
    expect(bad.text + JSON.stringify(logs)).not.toContain('secret');
  });

  it('is JSON, and not larger than it may be', async () => {
    const { send } = await behindTheDoor([taking]);
    const text = { ...of('badr'), 'content-type': 'text/plain' };
    const unread = [
      [of('badr'), { name: 'x'.repeat(300) }, 413],
      [text, Buffer.from('name'), 415],
      [{ ...of('badr'), 'content-type': 'application/json' }, Buffer.from('{'), 400],
    ] as const;
    for (const [headers, body, status] of unread) {
      expect(await send('POST', 'things', headers, body)).toMatchObject({ status, json: { error: 'ENR-WEB-003' } });
    }
  });

  it('is refused where none is expected', async () => {
    const { send } = await behindTheDoor([route(change)]);
    expect(await send('PUT', 'things', of('badr'), {})).toMatchObject({ status: 400, json: { error: 'ENR-WEB-003' } });
  });
});

describe('the audit', () => {
  const failing = async (): Promise<never> => {
    throw new RefusalWithHeaders('ENR-AUT-004', {});
  };

  it('has an act before it is carried out and before the answer leaves, and who was refused it', async () => {
    const noted: unknown[] = [];
    const answer = async (_asked: Asked) => {
      noted.push(...notes);
      return { done: 'thing 7' };
    };
    const { send, notes } = await behindTheDoor([
      route({ ...change, answer }),
      route({ ...change, method: 'DELETE', act: 'thing.end', answer: failing }),
      route(),
    ]);
    const done = await send('PUT', 'things', of('badr'));
    expect(done).toMatchObject({ status: 204, text: '' });
    await send('PUT', 'things', of('amina'));
    await send('PUT', 'things');
    await send('DELETE', 'things', of('badr'));
    await send('GET', 'things', of('badr'));
    const requestId = done.headers.get('x-request-id') ?? '';
    const address = '127.0.0.1';
    const common = { by: 'badr', act: 'thing.change', address, requestId };
    expect(noted).toEqual([{ ...common, outcome: 'begun' }]);
    expect(notes.slice(0, 2)).toEqual([
      { ...common, outcome: 'begun' },
      { ...common, outcome: 'done', done: 'thing 7' },
    ]);
    expect(notes.slice(2)).toMatchObject([
      { by: 'amina', act: 'thing.change', outcome: 'ENR-WEB-009' },
      { by: 'badr', act: 'thing.end', outcome: 'begun' },
      { by: 'badr', act: 'thing.end', outcome: 'ENR-AUT-004' },
    ]);
  });

  it('says of each entry which station, person, service or registration it is about, where the address can be one', async () => {
    const paths = ['/stations/:station', '/people/:person', '/services/:service', '/registrations/:rid'];
    const { send, notes } = await behindTheDoor(paths.map((path) => route({ ...change, path, answer: failing })));
    const rid = '10001100770000120260301100000';
    const named = ['stations/1000110077', 'people/badu', 'services/printer', `registrations/${rid}`];
    const asked = [...named, 'people/my%20password', 'stations/7', 'registrations/secret'];
    for (const path of asked) {
      await send('PUT', path, of('amina'));
      await send('PUT', path, of('badr'));
    }
    const things = ['station 1000110077', 'person badu', 'service printer', `registration ${rid}`];
    const unnamed = [undefined, undefined, undefined];
    const outcomes = ['ENR-WEB-009', 'begun', 'ENR-AUT-004'];
    const expected = [...things, ...unnamed].flatMap((thing) => outcomes.map((outcome) => [outcome, thing]));
    expect(notes.map(({ outcome, done }) => [outcome, done])).toEqual(expected);
  });

  it('has of somebody unknown what was done, and only those refusals that the route names', async () => {
    const refusals = ['ENR-TRU-002', 'ENR-TRU-004'] as const;
    let next = 0;
    const enrol = route({
      method: 'POST',
      act: 'station.enrol',
      access: { by: 'anyone' },
      about: () => 'station 1000110077',
      notedOfAnyone: ['ENR-TRU-004'],
      answer: async () => {
        const code = refusals[next++];
        if (code) throw new RefusalWithHeaders(code, {});
        return {};
      },
    });
    const { send, notes } = await behindTheDoor([enrol]);
    for (let n = 0; n < 3; n += 1) await send('POST', 'things');
    const common = { by: 'anyone', act: 'station.enrol', done: 'station 1000110077' };
    expect(notes).toMatchObject([
      { ...common, outcome: 'ENR-TRU-004' },
      { ...common, outcome: 'done' },
    ]);
  });

  it('that does not take an act has it not be carried out', async () => {
    let carriedOut = false;
    const answer = async () => {
      carriedOut = true;
      return {};
    };
    const { send } = await behindTheDoor([route({ ...change, answer })], { failingAudit: true });
    expect(await send('PUT', 'things', of('badr'))).toMatchObject({ status: 503, json: { error: 'ENR-WEB-002' } });
    expect(carriedOut).toBe(false);
  });
});

describe('the name of a request', () => {
  it('stands in the refusal, in its header and in the lines of the log about it', async () => {
    const { send, logs } = await behindTheDoor([route({ access: bySupervisors })]);
    const { headers, json } = await send('GET', 'things', { ...of('badr'), 'x-request-id': 'given-by-anybody' });
    const { request } = json as { request: string };
    expect(request).toMatch(/^[A-Za-z0-9_-]{8}$/);
    expect(headers.get('x-request-id')).toBe(request);
    expect(logs.filter((line) => line.request === request)).toMatchObject([{ msg: 'refused', code: 'ENR-WEB-009' }]);
  });
});

import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW, registrationOf, ridOf, silent } from '../pipeline.fixture.ts';
import type { EffectStage, Work } from '../stage.ts';
import { answerKeys } from './answer-keys.ts';
import { loadCountryStages } from './load-country-stages.ts';
import { countryStageSchema } from './stage-config.ts';

const SECRET = 'a secret of thirty-two characters';
const keys = { storage: randomBytes(32) };
const success = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;

interface Asked {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly v: number;
    readonly stage: string;
    readonly questions: readonly { readonly key: string }[];
  };
}

interface Site {
  readonly stage: EffectStage;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

type Respond = (questions: Asked['body']['questions'], response: Parameters<RequestListener>[1]) => void;

const json = (body: unknown): Respond => {
  return (_questions, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};
const each = (answer: object): Respond => {
  return (questions, response) =>
    json({ answers: questions.map(({ key }) => ({ key, ...answer })) })(questions, response);
};
const status = (code: number, headers: Record<string, string> = {}): Respond => {
  return (_questions, response) => response.writeHead(code, headers).end('{"secret":"of somebody"}');
};

async function openSite(respond: Respond, change: Record<string, unknown> = {}): Promise<Site> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({ headers: request.headers, body });
    respond(body.questions, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = countryStageSchema.parse({
    name: 'civil-register',
    service: {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ask?v=1`,
      secretFrom: 'ENROUTE_STAGE_CIVIL_REGISTER_SECRET',
      sends: ['process', 'center', 'facts.ageGroup', 'facts.country.nationality'],
      deadlineSeconds: 1,
      maxAnswerBytes: 2_048,
      waitDays: 7,
      branches: ['foreign'],
      facts: ['recordFound'],
      ...change,
    },
    codes: [{ code: 'UT-CIV-014', tells: 'ENR-CTY-003', words: { en: { sentence: 'It differs.', next: 'Look.' } } }],
  });
  const secrets = new Map([['civil-register', SECRET]]);
  const country = await loadCountryStages({ stages: [config], secrets, keys, now: () => NOW, log: silent });
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(async () => {
    await country.stop();
    await close();
  });
  const [stage] = country.stages;
  if (stage?.kind !== 'effect') throw new Error('A service is an effect.');
  return { stage, asked, close };
}

function workOf(sequence: number, change: Partial<Registration> = {}): Work {
  const facts = { ageGroup: 'ADULT' as const, country: { nationality: 'UT', other: 1 } };
  const registration = { ...registrationOf(ridOf(sequence), { facts, ...change }), _rev: '1-a' };
  const packets = (): never => {
    throw new EnrouteError('ENR-PKT-001');
  };
  return { registration, verdict: success, packets };
}

const perform = async (site: Site, ...works: Work[]) => site.stage.perform(works, NOW);

describe('a service that is asked', () => {
  it('is shown what the configuration names, and nothing besides', async () => {
    const site = await openSite(each({ outcome: 'next' }));
    await perform(site, workOf(1));
    const headers = site.asked[0]?.headers;
    const body = site.asked[0]?.body;
    const key = answerKeys(keys.storage).keyOf(workOf(1).registration, 'civil-register');
    expect(body).toEqual({
      v: 1,
      stage: 'civil-register',
      questions: [
        { key, process: 'NEW', center: '10001', facts: { ageGroup: 'ADULT', country: { nationality: 'UT' } } },
      ],
    });
    expect(JSON.stringify([headers, body])).not.toContain(ridOf(1));
    expect(headers?.['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers?.['signature-input']).toContain('tag="enroute-question"');
  });

  it('says in the words of the configuration how it goes on', async () => {
    const facts = { country: { recordFound: true } };
    const next = await openSite(each({ outcome: 'next', facts: { recordFound: true } }));
    expect(await perform(next, workOf(1))).toEqual([{ kind: 'next', facts }]);
    const branch = await openSite(each({ outcome: 'branch', branch: 'foreign' }));
    expect(await perform(branch, workOf(1))).toEqual([{ kind: 'branch', branch: 'foreign' }]);
    const reject = await openSite(each({ outcome: 'reject', code: 'UT-CIV-014' }));
    const refusal = { country: { refusal: 'UT-CIV-014' } };
    expect(await perform(reject, workOf(1))).toEqual([{ kind: 'reject', code: 'ENR-CTY-003', facts: refusal }]);
    const fail = await openSite(each({ outcome: 'fail', code: 'UT-CIV-014' }));
    expect(await perform(fail, workOf(1))).toEqual([{ kind: 'fail', code: 'ENR-CTY-003' }]);
  });

  it('is asked about as many at once as it takes, over few connections that are kept', async () => {
    const site = await openSite(each({ outcome: 'next' }), { batch: 10, atOnce: 2 });
    const works = Array.from({ length: 45 }, (_, index) => workOf(index + 1));
    expect(await site.stage.perform(works, NOW)).toEqual(works.map(() => ({ kind: 'next' })));
    expect(site.asked.map(({ body }) => body.questions.length)).toEqual([10, 10, 10, 10, 5]);
  });

  it('is slow, and of those given at once each that could be asked in time keeps its answer', async () => {
    const slowly: Respond = (questions, response) => {
      setTimeout(() => each({ outcome: 'next' })(questions, response), 300);
    };
    const site = await openSite(slowly, { atOnce: 2 });
    const works = Array.from({ length: 10 }, (_, index) => workOf(index + 1));
    const endsAt = performance.now() + 1_700;
    const outcomes = await site.stage.perform(works, NOW, endsAt);
    expect(performance.now()).toBeLessThan(endsAt);
    const answered = outcomes.filter(({ kind }) => kind === 'next');
    expect(answered.length).toBeGreaterThanOrEqual(2);
    expect(answered.length).toBeLessThan(10);
    expect(site.asked).toHaveLength(answered.length);
    const notAsked = { kind: 'retry', code: 'ENR-STG-012', detail: 'civil-register: not asked within this try' };
    expect(outcomes).toEqual(works.map((_, nth) => (nth < answered.length ? { kind: 'next' } : notAsked)));
  });

  it('is asked nothing for a try that has no time for its answer', async () => {
    const site = await openSite(each({ outcome: 'next' }));
    const outcomes = await site.stage.perform([workOf(1)], NOW, performance.now() + 1_000);
    expect(outcomes).toMatchObject([{ kind: 'retry', code: 'ENR-STG-012' }]);
    expect(site.asked).toEqual([]);
  });

  it('may answer each of a batch in its own way; what it leaves out is asked again', async () => {
    const mixed: Respond = (questions, response) => {
      const [first, second, third] = questions.map(({ key }) => key);
      const answers = [
        { key: second, outcome: 'next' },
        { key: first, outcome: 'no' },
        { key: 'x', outcome: 'next' },
      ];
      json({ answers: third === undefined ? [] : answers })(questions, response);
    };
    const site = await openSite(mixed, { batch: 3 });
    expect(await perform(site, workOf(1), workOf(2), workOf(3))).toMatchObject([
      { kind: 'retry', code: 'ENR-STG-005' },
      { kind: 'next' },
      { kind: 'retry', code: 'ENR-STG-006' },
    ]);
  });

  it('is not asked about a packet that does not open, and is about the others', async () => {
    const site = await openSite(each({ outcome: 'next' }), { sends: ['identity.fullName'] });
    expect(site.stage.reads).toBe(true);
    expect(await perform(site, workOf(1))).toEqual([{ kind: 'fail', code: 'ENR-PKT-001' }]);
    expect(site.asked).toEqual([]);
  });
});

describe('a service that answers later', () => {
  const until = new Date(NOW.getTime() + 7 * 86_400_000);

  it.each([
    ['with 202', status(202)],
    ['with "wait"', each({ outcome: 'wait' })],
  ])('says so %s, and the registration waits with its key', async (_how, respond) => {
    const site = await openSite(respond);
    const key = answerKeys(keys.storage).keyOf(workOf(1).registration, 'civil-register');
    expect(await perform(site, workOf(1))).toEqual([{ kind: 'park', reason: 'answer', until, key }]);
  });

  it('may not, where the configuration gives it no time', async () => {
    const site = await openSite(status(202), { waitDays: undefined });
    expect(site.stage.outcomes).not.toContain('park');
    expect(await perform(site, workOf(1))).toMatchObject([{ kind: 'retry', code: 'ENR-STG-005' }]);
  });

  it('is not asked again about a registration that its answer has woken', async () => {
    const site = await openSite(status(500));
    const key = answerKeys(keys.storage).keyOf(registrationOf(ridOf(1)), 'civil-register');
    const woken = (body: { outcome: string; code?: string }) => workOf(1, { answer: { key, body } });
    expect(await perform(site, woken({ outcome: 'next' }))).toEqual([{ kind: 'next' }]);
    expect(await perform(site, woken({ outcome: 'reject', code: 'UT-CIV-014' }))).toMatchObject([{ kind: 'reject' }]);
    expect(await perform(site, woken({ outcome: 'nonsense' }))).toMatchObject([{ kind: 'retry', code: 'ENR-STG-005' }]);
    expect(site.asked).toEqual([]);
  });

  it('is asked when the answer at hand is that of another stage', async () => {
    const site = await openSite(each({ outcome: 'next' }));
    const key = answerKeys(keys.storage).keyOf(registrationOf(ridOf(1)), 'citizenship');
    await perform(site, workOf(1, { answer: { key, body: { outcome: 'fail', code: 'UT-CIV-014' } } }));
    expect(site.asked).toHaveLength(1);
  });
});

describe('trouble outside is never the end of a registration:', () => {
  const hang: Respond = () => undefined;
  const cut: Respond = (_questions, response) => response.destroy();
  const text: Respond = (_questions, response) => response.end('{"answers":[]}');
  const broken: Respond = (_questions, response) => response.setHeader('content-type', 'application/json').end('{"ans');
  it.each<[string, Respond, string]>([
    ['503', status(503), 'ENR-STG-002'],
    ['429', status(429), 'ENR-STG-002'],
    ['400, which is a fault of the configuration', status(400), 'ENR-STG-004'],
    ['401', status(401), 'ENR-STG-004'],
    ['a redirect, which is not followed', status(307, { location: 'http://127.0.0.1:1/' }), 'ENR-STG-004'],
    ['no answer in time', hang, 'ENR-STG-003'],
    ['a connection that breaks', cut, 'ENR-STG-001'],
    ['an answer that is too large', json({ answers: [], padding: 'x'.repeat(3_000) }), 'ENR-STG-005'],
    ['what is no JSON', text, 'ENR-STG-005'],
    ['what is broken', broken, 'ENR-STG-005'],
    ['no list of answers', json([]), 'ENR-STG-005'],
    ['an empty list', json({ answers: [] }), 'ENR-STG-006'],
    ['"retry"', each({ outcome: 'retry' }), 'ENR-STG-006'],
    ['an outcome that there is not', each({ outcome: 'approved' }), 'ENR-STG-005'],
    ['more than an answer may hold', each({ outcome: 'next', uin: '1234567890' }), 'ENR-STG-005'],
    ['a branch that is not declared', each({ outcome: 'branch', branch: 'x' }), 'ENR-STG-005'],
    ['a code that is not declared', each({ outcome: 'reject', code: 'UT-CIV-015' }), 'ENR-STG-005'],
    ["one of Enroute's own codes", each({ outcome: 'reject', code: 'ENR-DDP-001' }), 'ENR-STG-005'],
    ['a fact that is not declared', each({ outcome: 'next', facts: { fullName: 'A' } }), 'ENR-STG-005'],
    [
      'a fact that is a text of a page',
      each({ outcome: 'next', facts: { recordFound: 'x'.repeat(65) } }),
      'ENR-STG-005',
    ],
    ['the code of a refusal as a fact', each({ outcome: 'next', facts: { refusal: 'UT-CIV-014' } }), 'ENR-STG-005'],
  ])('%s', async (_what, respond, code) => {
    const site = await openSite(respond);
    const outcomes = await perform(site, workOf(1));
    expect(outcomes).toMatchObject([{ kind: 'retry', code }]);
    expect(JSON.stringify(outcomes)).not.toContain('somebody');
  });

  it('a service that is down', async () => {
    const site = await openSite(each({ outcome: 'next' }));
    expect(await perform(site, workOf(1))).toEqual([{ kind: 'next' }]);
    await site.close();
    expect(await perform(site, workOf(1))).toMatchObject([{ kind: 'retry', code: 'ENR-STG-001' }]);
  });
});

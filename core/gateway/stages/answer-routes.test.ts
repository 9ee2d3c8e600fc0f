import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AnswerDesk } from '../../pipeline/country/answer-desk.ts';
import { answerKeys } from '../../pipeline/country/answer-keys.ts';
import { type Signer, signMessage } from '../../pipeline/country/message-signature.ts';
import type { EventDraft } from '../../pipeline/events/event.ts';
import { registrationOf, ridOf } from '../../pipeline/pipeline.fixture.ts';
import { NOW, openTestGateway, type TestGateway } from '../gateway.fixture.ts';

const STAGE = 'civil-register';
const PATH = `/stages/${STAGE}/answers`;
const SECRET = 'a secret of thirty-two characters';
const SIGNER: Signer = { keyId: STAGE, secret: SECRET, tag: 'enroute-answer' };
const DESK: AnswerDesk = {
  declared: {
    name: STAGE,
    branches: new Set(['foreign']),
    facts: new Set(['recordFound']),
    codes: new Map([['UT-CIV-014', 'ENR-CTY-003']]),
  },
  secret: SECRET,
};
const keys = answerKeys(randomBytes(32));
const rid = ridOf(1);
const key = keys.keyOf(registrationOf(rid), STAGE);

interface Desk {
  readonly gateway: TestGateway;
  readonly sent: EventDraft[];
  post(body: unknown, change?: Change): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
}

interface Change {
  readonly path?: string;
  readonly signer?: Partial<Signer>;
  readonly at?: Date;
  /** In place of what was signed. */
  readonly sentBody?: string;
  readonly headers?: Record<string, string>;
}

async function openDesk(send?: (events: readonly EventDraft[]) => Promise<void>): Promise<Desk> {
  const sent: EventDraft[] = [];
  const take = async (events: readonly EventDraft[]): Promise<void> => void sent.push(...events);
  const stages = { desks: new Map([[STAGE, DESK]]), keys, send: send ?? take, now: () => NOW };
  const gateway = await openTestGateway({ door: { stages } });
  const post: Desk['post'] = async (content, { path = PATH, signer, at = NOW, sentBody, headers } = {}) => {
    const body = Buffer.from(JSON.stringify(content));
    const signed = signMessage({ method: 'POST', target: PATH }, body, { ...SIGNER, ...signer }, at);
    const answer = await fetch(new URL(path, gateway.url), {
      method: 'POST',
      headers: { ...signed, 'content-type': 'application/json', ...headers },
      body: sentBody ?? body,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { gateway, sent, post };
}

const answering = (answer: object) => ({ answers: [{ key, ...answer }] });
const NEXT = answering({ outcome: 'next', facts: { recordFound: true } });

describe('an answer that comes later', () => {
  it('becomes an event of the registration that was asked about', async () => {
    const { post, sent } = await openDesk();
    expect(await post(NEXT)).toEqual({ status: 202, body: { taken: 1 } });
    const body = { outcome: 'next', facts: { recordFound: true } };
    expect(sent).toMatchObject([{ kind: 'wake', reason: 'answer', rid, key, at: NOW.toISOString(), body }]);
    expect(sent[0]?._id).toMatch(new RegExp(`^${rid}:answer-[0-9a-f]{32}$`));
  });

  it('that comes twice is answered in the same way, and is the same event', async () => {
    const { post, sent } = await openDesk();
    const [first, second] = [await post(NEXT), await post(answering({ outcome: 'reject', code: 'UT-CIV-014' }))];
    expect(second).toEqual(first);
    expect(sent.map(({ _id }) => _id)).toEqual([sent[0]?._id, sent[0]?._id]);
  });

  it('is confirmed only when it is durable', async () => {
    const { post } = await openDesk(() => Promise.reject(new Error('the store is away')));
    const refused = await post(NEXT);
    expect(refused).toMatchObject({ status: 503, body: { error: 'ENR-WEB-002' } });
  });

  it('may come with a hundred others', async () => {
    const { post, sent } = await openDesk();
    const rids = Array.from({ length: 100 }, (_, index) => ridOf(index + 1));
    const answers = rids.map((one) => ({ key: keys.keyOf(registrationOf(one), STAGE), outcome: 'next' }));
    expect(await post({ answers })).toEqual({ status: 202, body: { taken: 100 } });
    expect(sent.map((event) => event.rid)).toEqual(rids);
  });
});

describe('an answer is refused', () => {
  it.each<[string, Change]>([
    ['another secret', { signer: { secret: 'another secret of thirty-two chars' } }],
    ['the name of another stage', { signer: { keyId: 'citizenship' } }],
    ['a signature of the core itself', { signer: { tag: 'enroute-question' } }],
    ['a signature of yesterday', { at: new Date(NOW.getTime() - 86_400_000) }],
    ['another body than was signed', { sentBody: JSON.stringify(answering({ outcome: 'next' })) }],
    ['the address of another stage', { path: '/stages/citizenship/answers' }],
    ['another spelling of the address', { path: `${PATH}?x=1` }],
    ['no signature', { headers: { signature: '' } }],
  ])('with %s, and whoever sent it is told no more', async (_what, change) => {
    const { post, sent } = await openDesk();
    expect(await post(NEXT, change)).toMatchObject({ status: 401, body: { error: 'ENR-STG-009' } });
    expect(sent).toEqual([]);
  });

  const foreign = answerKeys(randomBytes(32)).keyOf(registrationOf(rid), STAGE);
  it.each<[string, unknown, number, string]>([
    ['to what was never asked', { answers: [{ key: foreign, outcome: 'next' }] }, 404, 'ENR-STG-010'],
    [
      'with one such among good ones',
      { answers: [...NEXT.answers, { key: 'x', outcome: 'next' }] },
      404,
      'ENR-STG-010',
    ],
    ['that says to wait once more', answering({ outcome: 'wait' }), 422, 'ENR-STG-011'],
    ['that says to come again', answering({ outcome: 'retry' }), 422, 'ENR-STG-011'],
    ['with an outcome that there is not', answering({ outcome: 'park' }), 422, 'ENR-STG-011'],
    ['with a branch that is not declared', answering({ outcome: 'branch', branch: 'x' }), 422, 'ENR-STG-011'],
    ['with a code that is not declared', answering({ outcome: 'reject', code: 'UT-CIV-015' }), 422, 'ENR-STG-011'],
    ['with a fact that is not declared', answering({ outcome: 'next', facts: { name: 'x' } }), 422, 'ENR-STG-011'],
    ['with more than there is', answering({ outcome: 'next', uin: '123' }), 422, 'ENR-STG-011'],
    ['that is none', {}, 422, 'ENR-STG-011'],
    ['without any', { answers: [] }, 422, 'ENR-STG-011'],
    ['twice in one', { answers: [...NEXT.answers, ...NEXT.answers] }, 422, 'ENR-STG-011'],
  ])('%s', async (_what, body, status, error) => {
    const { post, sent } = await openDesk();
    expect(await post(body)).toMatchObject({ status, body: { error } });
    expect(sent).toEqual([]);
  });

  it('when it is too large, compressed, or no JSON', async () => {
    const { post, sent } = await openDesk();
    const large = await post({ answers: [{ key, outcome: 'next', padding: 'x'.repeat(300 * 1024) }] });
    expect(large).toMatchObject({ status: 413, body: { error: 'ENR-WEB-003' } });
    const headers = { 'content-encoding': 'gzip' };
    expect(await post(NEXT, { headers })).toMatchObject({ status: 415, body: { error: 'ENR-WEB-003' } });
    const text = { 'content-type': 'text/plain' };
    expect(await post(NEXT, { headers: text })).toMatchObject({ status: 415, body: { error: 'ENR-WEB-003' } });
    expect(sent).toEqual([]);
  });
});

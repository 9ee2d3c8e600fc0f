/** The civil register's side of the stage: an HTTP service with nothing of Enroute in it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

export interface Question {
  readonly key: string;
  readonly identity: { readonly fullName?: unknown; readonly dateOfBirth?: string };
}

const COVERED = '("@method" "@path" "@query" "content-digest")';

const digestOf = (body: Buffer): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

/** RFC 9421, with HMAC-SHA256 over four lines and the parameters of the signature. */
function hmacOf(method: string, address: URL, digest: string, params: string, secret: string): Buffer {
  const lines = [
    `"@method": ${method}`,
    `"@path": ${address.pathname}`,
    `"@query": ${address.search || '?'}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${params}`,
  ];
  return createHmac('sha256', secret).update(lines.join('\n')).digest();
}

/** Whether the core has asked this, within the last five minutes. */
export function isOfTheCore(request: IncomingMessage, body: Buffer, secret: string): boolean {
  const { 'signature-input': input = '', signature = '', 'content-digest': digest = '' } = request.headers;
  const params = String(input).replace(/^enroute=/, '');
  const created = Number(/;created=(\d+)/.exec(params)?.[1]);
  const isFresh = Math.abs(Date.now() / 1000 - created) <= 300;
  if (!params.startsWith(COVERED) || !params.includes(';tag="enroute-question"') || !isFresh) return false;
  const address = new URL(request.url ?? '/', 'http://localhost');
  const expected = hmacOf(String(request.method), address, String(digest), params, secret);
  const shown = Buffer.from(String(signature).slice('enroute=:'.length, -1), 'base64');
  return shown.length === expected.length && timingSafeEqual(shown, expected) && digest === digestOf(body);
}

/** Sends the core an answer that could not be given at once. Send it again until it is taken: that does no harm. */
export async function sendAnswer(gateway: string, answer: object, secret: string): Promise<number> {
  const address = new URL('/stages/civil-register/answers', gateway);
  const body = Buffer.from(JSON.stringify({ answers: [answer] }));
  const created = Math.floor(Date.now() / 1000);
  const params = `${COVERED};created=${created};keyid="civil-register";alg="hmac-sha256";tag="enroute-answer"`;
  const value = hmacOf('POST', address, digestOf(body), params, secret).toString('base64');
  const headers = {
    'content-type': 'application/json',
    'content-digest': digestOf(body),
    'signature-input': `enroute=${params}`,
    signature: `enroute=:${value}:`,
  };
  const response = await fetch(address, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
}

/** @param answerTo what the register says of a question; the same question may come again, with the same key */
export function registerService(secret: string, answerTo: (question: Question) => Promise<object>) {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (!isOfTheCore(request, body, secret)) return void response.writeHead(401).end();
    const { questions } = JSON.parse(body.toString()) as { questions: Question[] };
    const answering = questions.map(async (question) => ({ key: question.key, ...(await answerTo(question)) }));
    const answers = await Promise.all(answering);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ answers }));
  });
}

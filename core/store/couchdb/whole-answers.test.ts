import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCouchStore } from './open-couch-store.ts';
import { type PretendedCouch, pretendCouch } from './pretended-couch.fixture.ts';

let couch: PretendedCouch;

beforeEach(async () => {
  couch = await pretendCouch();
});
afterEach(() => couch.close());

/** A success of that type whose connection ends in the middle of its body. */
const breakOff =
  (type: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': 1000 });
    response.write('half', () => response.destroy());
  };

const TYPES = ['application/json', 'application/octet-stream', 'text/html', 'multipart/related; boundary=x'];

test.each(TYPES)('an answer of %s that breaks off is an error that may pass', async (type) => {
  const db = await (await openCouchStore({ url: couch.url })).database('notes');
  couch.answer = breakOff(type);
  for (const call of [() => db.get('a'), () => db.bytesOf('a')]) {
    await expect(call()).rejects.toMatchObject({ name: 'CouchError', transient: true });
  }
});

test('an answer that breaks off does not end the process', { timeout: 20_000 }, async () => {
  couch.answer = breakOff('text/html');
  const program = `
    import { openCouchStore } from ${JSON.stringify(import.meta.resolve('./open-couch-store.ts'))};
    const store = await openCouchStore({ url: process.env.TEST_COUCH });
    const db = await store.database('notes');
    const error = await db.bytesOf('a').catch((thrown) => thrown);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await store.close();
    process.stdout.write(\`still here: \${error.name}\`);
  `;
  const args = ['--input-type=module', '--eval', program];
  const env = { ...process.env, TEST_COUCH: couch.url };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: import.meta.dirname });
  expect(stdout).toBe('still here: CouchError');
});

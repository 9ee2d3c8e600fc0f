import { readFile } from 'node:fs/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LinkError } from '../link/link-error.ts';
import { errorLine, summariseError } from './error-summary.ts';

const PLANTED = 'Żofia Planted';

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

describe('the summary of an error', () => {
  it('says what this house and the operating system say', async () => {
    expect(summariseError(new EnrouteError('ENR-STN-003', 'rid 7'))).toMatchObject({
      type: 'EnrouteError',
      code: 'ENR-STN-003',
      message: expect.stringContaining('rid 7'),
    });
    const missing = summariseError(await thrownBy(() => readFile('/no/such/file')));
    expect(missing).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('/no/such/file') });
    expect(summariseError(new LinkError('no answer', missing)).message).toBe('no answer');
  });

  it('names the lines of code that it came from', () => {
    expect(summariseError(new Error('x')).stack?.[0]).toContain('error-summary.test.ts');
    const posing = Object.assign(new Error('x'), { stack: `Error: a\n    at ${PLANTED} (x:1:1)\nb\n    at f (y:1:1)` });
    expect(summariseError(posing).stack).toEqual(['at f (y:1:1)']);
  });

  const schema = z.strictObject({ people: z.array(z.object({ age: z.number() })) });
  it.each<[string, () => unknown]>([
    ['JSON that can not be parsed', () => JSON.parse(`${PLANTED}`)],
    ['an argument of the wrong type', () => readFile({ toString: () => PLANTED } as never)],
    ['text that is no number', () => BigInt(PLANTED)],
    ['an address that is none', () => new URL(`http://${PLANTED}@[`)],
    ['an unknown key', () => schema.parse({ people: [], [PLANTED]: 1 })],
    ['a value of another type', () => schema.parse({ people: [{ age: PLANTED }] })],
    ['a key of a record', () => z.record(z.string(), z.number()).parse({ [PLANTED]: PLANTED })],
    [
      "a library's error that quotes",
      () => {
        throw new Error(`Unexpected "${PLANTED}" said "so"`);
      },
    ],
    [
      "a library's own kind of error",
      () => {
        throw new (class RxError extends Error {})(PLANTED);
      },
    ],
    [
      'a message of many lines',
      () => {
        throw new TypeError(`a\n    at ${PLANTED}\n${PLANTED}`);
      },
    ],
    [
      'an error with things attached',
      () => {
        throw Object.assign(new Error('x'), { request: { body: PLANTED }, code: PLANTED, name: PLANTED });
      },
    ],
    [
      'a cause',
      () => {
        throw new LinkError('x', Object.assign(new SyntaxError(PLANTED), { body: PLANTED }));
      },
    ],
    [
      'causes in a circle',
      () => {
        const error = new SyntaxError(PLANTED);
        error.cause = error;
        throw error;
      },
    ],
    [
      'several at once',
      () => {
        throw new AggregateError([new Error(PLANTED)], PLANTED);
      },
    ],
    [
      'text that was thrown',
      () => {
        throw PLANTED;
      },
    ],
    [
      'an object that was thrown',
      () => {
        throw { message: PLANTED, stack: PLANTED, code: PLANTED };
      },
    ],
  ])('holds nothing of the data: %s', async (_, work) => {
    const error = await thrownBy(work);
    const said = `${JSON.stringify(summariseError(error))}${errorLine(error)}`;
    expect(said).not.toContain('Planted');
    expect(said).toMatch(/"type":"\w/);
  });

  it('says where the shape of a document is wrong', async () => {
    const error = await thrownBy(() => schema.parse({ people: [{ age: 1 }, { age: PLANTED }] }));
    expect(summariseError(error)).toMatchObject({ type: 'ZodError', message: 'invalid_type at people.1.age' });
  });
});

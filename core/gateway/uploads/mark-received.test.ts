import type { Registration } from '@enroute/shared/registration/registration.ts';
import { expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import type { Database, WriteResult } from '../../store/store.ts';
import { openMarkReceived } from './mark-received.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');

function announced(nth: number): StoredRegistration {
  return { _id: String(nth), _rev: '1-a', state: 'ANNOUNCED', history: [] } as unknown as StoredRegistration;
}

/** Registrations that take their time to be written, and say in what batches they were. */
function slowly(answer: (id: string, batch: number) => boolean | Error, states: Record<string, string> = {}) {
  const batches: string[][] = [];
  const database = {
    get: async (id: string) => ({ ...announced(Number(id)), state: states[id] ?? 'ANNOUNCED' }),
    write: async (docs: readonly Registration[]): Promise<WriteResult[]> => {
      batches.push(docs.map(({ _id }) => _id));
      const batch = batches.length;
      await new Promise((resolve) => setImmediate(resolve));
      return docs.map(({ _id: id }) => {
        const said = answer(id, batch);
        if (said instanceof Error) throw said;
        return said ? { ok: true, id, rev: '2-b' } : { ok: false, id, reason: 'conflict', detail: '' };
      });
    },
  };
  return { batches, mark: openMarkReceived(database as unknown as Database, () => NOW) };
}

test('those that come while others are being written are written together', async () => {
  const { batches, mark } = slowly(() => true);
  await Promise.all([1, 2, 3, 4].map((nth) => mark(announced(nth))));
  await mark(announced(5));
  expect(batches).toEqual([['1'], ['2', '3', '4'], ['5']]);
});

test('one that others have written meanwhile is looked at again, and holds up no other', async () => {
  const { batches, mark } = slowly((id, batch) => id !== '2' || batch > 2);
  await Promise.all([1, 2, 3].map((nth) => mark(announced(nth))));
  expect(batches).toEqual([['1'], ['2', '3'], ['2']]);
});

test('one that has gone further by then stays as it is', async () => {
  const { batches, mark } = slowly(() => false, { 1: 'PARKED' });
  await mark(announced(1));
  expect(batches).toEqual([['1']]);
});

test('none of those that could not be written counts as received, and the next are tried', async () => {
  const { mark } = slowly((_id, batch) => (batch === 2 ? new Error('the store is away') : true));
  const marked = await Promise.allSettled([1, 2, 3].map((nth) => mark(announced(nth))));
  expect(marked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  await mark(announced(4));
});

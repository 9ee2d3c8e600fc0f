import { describe, expect, test } from 'vitest';
import { OpenFiles } from './open-files.ts';

/** Files that only say what happens to them. */
function files(mostIdle: number) {
  const log: string[] = [];
  const slowly = { close: Promise.resolve() };
  const pool = new OpenFiles(async (name) => {
    log.push(`+${name}`);
    const close = async (): Promise<void> => {
      log.push(`-${name}`);
      await slowly.close;
      log.push(`.${name}`);
    };
    return { name, close };
  }, mostIdle);
  const touch = (name: string): Promise<void> => pool.use(name, () => undefined);
  return { log, pool, touch, slowly };
}

describe('open files', () => {
  test('stay open for the next, and the one used longest ago is closed first', async () => {
    const { log, pool, touch } = files(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'd']) await touch(name);
    expect(log.filter((entry) => !entry.startsWith('.'))).toEqual(['+a', '+b', '+c', '-b', '+d', '-c']);
    await pool.close();
    expect(new Set(log)).toEqual(new Set(['a', 'b', 'c', 'd'].flatMap((name) => [`+${name}`, `-${name}`, `.${name}`])));
  });

  test('are opened once for all who come together, and not closed while one of them is there', async () => {
    const { log, pool, touch } = files(1);
    const leave = Promise.withResolvers<void>();
    const uses = Promise.all([pool.use('a', () => leave.promise), touch('a'), pool.use('b', () => leave.promise)]);
    await touch('c');
    await touch('d');
    expect(log.filter((entry) => /[+-][ab]/.test(entry))).toEqual(['+a', '+b']);
    leave.resolve();
    await uses;
    await pool.close();
    expect(pool.size).toBe(0);
  });

  test('that are closing are opened again only when they are closed', async () => {
    const { log, touch, slowly } = files(0);
    const closed = Promise.withResolvers<void>();
    slowly.close = closed.promise;
    await touch('a');
    const again = touch('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['+a', '-a']);
    closed.resolve();
    await again;
    expect(log.slice(0, 4)).toEqual(['+a', '-a', '.a', '+a']);
  });

  test('one that could not be opened is tried again by the next', async () => {
    let broken = true;
    const pool = new OpenFiles(async () => {
      if (broken) throw new Error('no');
      return { close: async () => undefined };
    }, 1);
    await expect(pool.use('a', () => 'in')).rejects.toThrow('no');
    broken = false;
    expect(await pool.use('a', () => 'in')).toBe('in');
    await pool.close();
  });

  test('one that could not be closed is told at the end', async () => {
    const close = async (): Promise<void> => {
      throw new Error('stuck');
    };
    const pool = new OpenFiles(async () => ({ close }), 0);
    await pool.use('a', () => undefined);
    await expect(pool.close()).rejects.toThrow('stuck');
  });
});

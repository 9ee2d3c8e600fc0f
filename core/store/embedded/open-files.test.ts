import { describe, expect, test } from 'vitest';
import { OpenFiles } from './open-files.ts';

/** Files that only say what happens to them. */
function files(mostOpen: number) {
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
  }, mostOpen);
  const touch = (name: string): Promise<void> => pool.use(name, () => undefined);
  return { log, pool, touch, slowly };
}

describe('open files', () => {
  test('stay open for the next, and the one used longest ago is closed first', async () => {
    const { log, pool, touch } = files(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'd']) await touch(name);
    expect(log.filter((entry) => !entry.startsWith('.'))).toEqual(['+a', '+b', '-b', '+c', '-c', '+d']);
    await pool.close();
    expect(new Set(log)).toEqual(new Set(['a', 'b', 'c', 'd'].flatMap((name) => [`+${name}`, `-${name}`, `.${name}`])));
  });

  test('are opened once for all who come together, and not closed while one of them is there', async () => {
    const { log, pool, touch } = files(3);
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
    const { log, touch, slowly } = files(1);
    const closed = Promise.withResolvers<void>();
    slowly.close = closed.promise;
    await touch('a');
    const other = touch('b');
    await new Promise((resolve) => setImmediate(resolve));
    const again = touch('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['+a', '-a']);
    closed.resolve();
    await Promise.all([other, again]);
    expect(log.filter((entry) => entry.endsWith('a'))).toEqual(['+a', '-a', '.a', '+a']);
    expect(log.indexOf('+b')).toBeGreaterThan(log.indexOf('.a'));
  });

  test('are never more than may be, however many are wanted at once, and each has its turn', async () => {
    let open = 0;
    let most = 0;
    const pool = new OpenFiles(async (name) => {
      if (name === 'broken') throw new Error('no');
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      const close = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
      };
      return { close };
    }, 4);
    const names = Array.from({ length: 40 }, (_, i) => (i % 10 === 3 ? 'broken' : `f${i % 25}`));
    const work = () => new Promise((resolve) => setImmediate(resolve, 'done'));
    const ends = await Promise.allSettled(names.map((name) => pool.use(name, work)));
    expect(ends.map(({ status }) => status)).toEqual(
      names.map((name) => (name === 'broken' ? 'rejected' : 'fulfilled')),
    );
    expect(most).toBe(4);
    await pool.close();
    expect(open).toBe(0);
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
    const pool = new OpenFiles(async () => ({ close }), 1);
    await pool.use('a', () => undefined);
    await expect(pool.close()).rejects.toThrow('stuck');
  });
});

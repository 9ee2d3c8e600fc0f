import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UploadLocks } from './upload-locks.ts';

const never = new AbortController().signal;
const nothing = (): void => undefined;

describe('the lock of an upload', () => {
  it('is had at once when nobody holds it, and leaves nothing behind', async () => {
    const locks = new UploadLocks();
    const lock = locks.newLock('a');
    await lock.lock(never, nothing);
    await locks.newLock('b').lock(never, nothing);
    expect(locks.size).toBe(2);
    await lock.unlock();
    await locks.newLock('b').unlock();
    expect(locks.size).toBe(0);
  });

  it('goes from one to the next in the order in which they came, and each is asked once to make room', async () => {
    const locks = new UploadLocks();
    const asked: string[] = [];
    const held: string[] = [];
    const take = async (name: string): Promise<void> => {
      await locks.newLock('a').lock(never, () => void asked.push(name));
      held.push(name);
    };
    await take('first');
    const others = [take('second'), take('third')];
    await sleep(20);
    expect(held).toEqual(['first']);
    expect(asked).toEqual(['first', 'first']);
    await locks.newLock('a').unlock();
    await sleep(5);
    expect(held).toEqual(['first', 'second']);
    expect(asked).toEqual(['first', 'first', 'second']);
    await locks.newLock('a').unlock();
    await Promise.all(others);
    await locks.newLock('a').unlock();
    expect(held).toEqual(['first', 'second', 'third']);
    expect(locks.size).toBe(0);
  });

  it('is not had by one that has gone, or has waited too long, and goes on to the next', async () => {
    const locks = new UploadLocks(30);
    await locks.newLock('a').lock(never, nothing);
    const gone = new AbortController();
    const leaving = locks.newLock('a').lock(gone.signal, nothing);
    const patient = locks.newLock('a').lock(never, nothing);
    gone.abort();
    await expect(leaving).rejects.toMatchObject({ status_code: 500 });
    await expect(patient).rejects.toMatchObject({ status_code: 500 });
    const next = locks.newLock('a').lock(never, nothing);
    await locks.newLock('a').unlock();
    await expect(next).resolves.toBeUndefined();
  });
});

import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TakeStep } from '@enroute/sync/courier/steps.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AnswerFile } from '../mailbox/answer-file.ts';
import { newOrderId, openMailbox } from '../mailbox/mailbox.ts';
import { all } from './courier.fixture.ts';
import type { Courier } from './courier.ts';
import { answerCourierOrders, askCourier, MAX_ORDER_BYTES, type Order, ordersOf } from './orders.ts';

const QUICK = { takenWithinMs: 5_000, silenceMs: 5_000, pollMs: 5 };
const NOBODY = 65_534;

function importOf(...bundles: readonly string[]): Order {
  return { v: 1, order: 'import', by: 'cli:test', bundles: [...bundles] };
}

function hole(file: string): TakeStep {
  return { step: 'hole', file, atBytes: 1, toBytes: 2 };
}

/** Finds a hole in each. */
const holes: Courier = {
  async *import(paths) {
    yield* paths.map(hole);
  },
  async *export() {},
};

async function coreFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-mailbox-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startCore(folder: string, courier: Courier = holes): Promise<() => Promise<void>> {
  const stop = await answerCourierOrders({
    folder,
    courier,
    audit: { note: async () => undefined },
    now: () => new Date(),
    log: pino({ enabled: false }),
    pollMs: 20,
  });
  onTestFinished(stop);
  return stop;
}

function lastAnswer(path: string): Promise<unknown> {
  return readFile(path, 'utf8').then(
    (text) => JSON.parse(text.trim().split('\n').at(-1) || 'null'),
    () => undefined,
  );
}

/** As a user who is neither the owner nor root. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** A thread can not become another user, nor can anybody but root. */
const canBeNobody = process.geteuid?.() === 0 && process.seteuid !== undefined;

describe('an order', () => {
  it('of more bundles than one may name is given as several', async () => {
    const folder = await coreFolder();
    const asked: number[] = [];
    await startCore(folder, {
      ...holes,
      async *import(paths) {
        asked.push(paths.length);
        yield* holes.import(paths);
      },
    });
    const bundles = Array.from({ length: 230 }, (_, index) => `/stick/${index}.enrb`);
    expect(await all(askCourier(folder, importOf(...bundles), QUICK))).toEqual(bundles.map(hole));
    expect(asked).toEqual([100, 100, 30]);
  });

  it('that no core takes is told with a code', async () => {
    const asking = all(askCourier(await coreFolder(), importOf(`/${'x'.repeat(5_000)}`), QUICK));
    await expect(asking).rejects.toMatchObject({ code: 'ENR-OPS-005' });
  });

  it('is never too large for the core, however long the paths are', () => {
    const paths = Array.from({ length: 1_000 }, () => `/${'\u0001'.repeat(4_095)}`);
    for (const order of ordersOf(importOf(...paths))) {
      expect(Buffer.byteLength(JSON.stringify(order))).toBeLessThanOrEqual(MAX_ORDER_BYTES);
    }
  });

  it('that can not be read is told as that, with the reason', async () => {
    const folder = await coreFolder();
    const { waitingPath, answerPath, ordersFolder } = await openMailbox(folder, 'courier');
    const id = newOrderId(new Date());
    await mkdir(waitingPath(id));
    await startCore(folder);
    const told = { answer: 'failed', problem: { code: 'ENR-OPS-006', detail: 'EISDIR' } };
    await expect.poll(() => lastAnswer(answerPath(id))).toMatchObject(told);
    await expect.poll(() => readdir(ordersFolder)).toEqual([]);
  });

  it.skipIf(!canBeNobody)('by another user than the core’s is told to be given by that one', async () => {
    const folder = await coreFolder();
    await openMailbox(folder, 'courier');
    await chmod(folder, 0o755);
    await expect(asNobody(() => openMailbox(folder, 'courier'))).rejects.toMatchObject({ code: 'ENR-CRR-014' });
  });

  it('that can not be answered waits, and keeps none behind it back', async () => {
    const folder = await coreFolder();
    const { waitingPath, answerPath, ordersFolder } = await openMailbox(folder, 'courier');
    const [first, second] = [newOrderId(new Date(1)), newOrderId(new Date(2))];
    await mkdir(answerPath(first));
    for (const id of [first, second]) await writeFile(waitingPath(id), JSON.stringify(importOf('/a')));
    await startCore(folder);
    await expect.poll(() => lastAnswer(answerPath(second))).toEqual({ answer: 'done' });
    await expect.poll(() => readdir(ordersFolder)).toEqual([`${first}.json`]);
    await rmdir(answerPath(first));
    await expect.poll(() => lastAnswer(answerPath(first))).toEqual({ answer: 'done' });
  });

  it('whose answer the disk does not take ends with a code, and is not begun again', async () => {
    const folder = await coreFolder();
    const { ordersFolder } = await openMailbox(folder, 'courier');
    const probe = await open(folder, 'r');
    const prototype = Object.getPrototypeOf(probe);
    const append = prototype.appendFile;
    await probe.close();
    const spy = vi.spyOn(prototype, 'appendFile').mockImplementation(function take(this: unknown, text: unknown) {
      const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return String(text).includes('"step"') ? Promise.reject(full) : append.call(this, text);
    });
    onTestFinished(() => spy.mockRestore());
    await startCore(folder);
    await expect(all(askCourier(folder, importOf('/a'), QUICK))).rejects.toMatchObject({ code: 'ENR-UPL-007' });
    await expect.poll(() => readdir(ordersFolder)).toEqual([]);
  });

  it('is left at once when the core stops, wherever it is in a bundle', async () => {
    const folder = await coreFolder();
    const isIn = Promise.withResolvers<void>();
    const stop = await startCore(folder, {
      ...holes,
      async *import(_paths, signal) {
        isIn.resolve();
        await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const { waitingPath, ordersFolder } = await openMailbox(folder, 'courier');
    await writeFile(waitingPath(newOrderId(new Date())), JSON.stringify(importOf('/a')));
    await isIn.promise;
    await stop();
    expect(await readdir(ordersFolder)).toEqual([expect.stringMatching(/\.working$/)]);
  });
});

describe('an answer', () => {
  it('grows to a bound: behind it single entries are left out, ends are not', async () => {
    const path = join(await coreFolder(), 'answer');
    const answers = await AnswerFile.open(path, () => true, 10_000);
    for (let entry = 0; entry < 1_000; entry += 1) await answers.say({ answer: 'step', step: hole('/a.enrb') });
    await answers.say({ answer: 'done' });
    await answers.close();
    expect((await stat(path)).size).toBeLessThan(10_200);
    expect(await lastAnswer(path)).toEqual({ answer: 'done' });
  });
});

import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newOrderId, openMailbox } from '../mailbox/mailbox.ts';
import { all } from './courier.fixture.ts';
import type { Courier } from './courier.ts';
import { answerCourierOrders, askCourier, MAX_ORDER_BYTES, type Order } from './orders.ts';

const IMPORT: Order = { v: 1, order: 'import', by: 'cli:test', bundles: ['/stick/a.enrb'] };
const EXPORT: Order = {
  v: 1,
  order: 'export',
  by: 'cli:test',
  station: '1000110077',
  folder: '/stick',
  since: '2026-03-01T00:00:00.000Z',
  maxFileBytes: 1024,
  maxBytes: null,
};
const QUICK = { takenWithinMs: 5_000, silenceMs: 5_000, pollMs: 5 };
const HOLE: TakeStep = { step: 'hole', file: '/stick/a.enrb', atBytes: 1, toBytes: 2 };
const WRITTEN: WriteStep = { step: 'written', files: 1, entries: 2, bytes: 3, noRoom: 0 };

async function coreFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-mailbox-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const idle: Courier = {
  async *import() {
    yield HOLE;
  },
  async *export() {
    yield WRITTEN;
  },
};

async function startCore(folder: string, courier: Courier = idle): Promise<() => Promise<void>> {
  const log = pino({ enabled: false });
  const audit = { note: async () => undefined };
  const stop = await answerCourierOrders({ folder, courier, audit, now: () => new Date(), log, pollMs: 20 });
  onTestFinished(stop);
  return stop;
}

async function left(folder: string): Promise<string[]> {
  const { ordersFolder, answersFolder } = await openMailbox(folder, 'courier');
  return [...(await readdir(ordersFolder)), ...(await readdir(answersFolder))];
}

describe('an order to the running core', () => {
  it('is carried out, answered step by step, and leaves nothing behind', async () => {
    const folder = await coreFolder();
    await startCore(folder);
    expect(await all(askCourier(folder, IMPORT, QUICK))).toEqual([HOLE]);
    expect(await all(askCourier(folder, EXPORT, QUICK))).toEqual([WRITTEN]);
    await expect.poll(() => left(folder)).toEqual([]);
  });

  it('says exactly what was asked for', async () => {
    const folder = await coreFolder();
    const asked: unknown[] = [];
    await startCore(folder, {
      async *import(paths) {
        asked.push(paths);
        yield HOLE;
      },
      async *export(order) {
        asked.push(order);
        yield WRITTEN;
      },
    });
    await all(askCourier(folder, IMPORT, QUICK));
    await all(askCourier(folder, EXPORT, QUICK));
    const since = new Date('2026-03-01T00:00:00.000Z');
    const order = { station: '1000110077', folder: '/stick', since, maxFileBytes: 1024, maxBytes: undefined };
    expect(asked).toEqual([['/stick/a.enrb'], order]);
  });

  it('given by several at once is carried out for each, one after the other', async () => {
    const folder = await coreFolder();
    let running = 0;
    let most = 0;
    await startCore(folder, {
      ...idle,
      async *import([path = '']) {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        yield { ...HOLE, file: path };
        running -= 1;
      },
    });
    const paths = ['/a', '/b', '/c', '/d'];
    const answers = await Promise.all(
      paths.map((path) => all(askCourier(folder, { ...IMPORT, bundles: [path] }, QUICK))),
    );
    expect(answers.flat()).toEqual(paths.map((file) => ({ ...HOLE, file })));
    expect(most).toBe(1);
  });

  it('that nobody takes is taken back', async () => {
    const folder = await coreFolder();
    const asking = all(askCourier(folder, IMPORT, { ...QUICK, takenWithinMs: 50 }));
    await expect(asking).rejects.toMatchObject({ code: 'ENR-CRR-010' });
    expect(await left(folder)).toEqual([]);
  });

  it('ends for whoever waits when the core falls silent', async () => {
    const folder = await coreFolder();
    const never = Promise.withResolvers<void>();
    onTestFinished(() => never.resolve());
    await startCore(folder, {
      ...idle,
      async *import() {
        yield HOLE;
        await never.promise;
      },
    });
    const asking = all(askCourier(folder, IMPORT, { ...QUICK, silenceMs: 100 }));
    await expect(asking).rejects.toMatchObject({ code: 'ENR-CRR-012' });
    never.resolve();
  });

  it('that fails is told with its code, or without a word of what nobody foresaw', async () => {
    const folder = await coreFolder();
    await startCore(folder, {
      async *import() {
        yield HOLE;
        throw new EnrouteError('ENR-CRR-009', 'EACCES');
      },
      // biome-ignore lint/correctness/useYield: it fails before it has anything to say.
      async *export() {
        throw new Error('a secret');
      },
    });
    await expect(all(askCourier(folder, IMPORT, QUICK))).rejects.toMatchObject({
      code: 'ENR-CRR-009',
      detail: 'EACCES',
    });
    const failure = await all(askCourier(folder, EXPORT, QUICK)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ENR-WEB-002' });
    expect(String(failure)).not.toContain('secret');
    await expect.poll(() => left(folder)).toEqual([]);
  });

  it('that is none is refused, whoever put it there', async () => {
    const folder = await coreFolder();
    const { waitingPath, answerPath } = await openMailbox(folder, 'courier');
    for (const text of ['{', JSON.stringify({ ...IMPORT, bundles: ['relative'] }), 'x'.repeat(MAX_ORDER_BYTES + 1)]) {
      const id = newOrderId(new Date());
      await writeFile(waitingPath(id), text);
      const stop = await startCore(folder);
      await expect.poll(async () => (await stat(answerPath(id)).catch(() => undefined))?.size ?? 0).toBeGreaterThan(60);
      await stop();
      await rm(answerPath(id));
      expect(await left(folder)).toEqual([]);
    }
  });

  it('that the core was stopped in is begun again at its next start', async () => {
    const folder = await coreFolder();
    const isIn = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const stop = await startCore(folder, {
      ...idle,
      async *import() {
        isIn.resolve();
        await goOn.promise;
        yield HOLE;
        yield HOLE;
      },
    });
    const asking = all(askCourier(folder, IMPORT, QUICK));
    await isIn.promise;
    const stopped = stop();
    goOn.resolve();
    await stopped;
    expect((await left(folder)).some((name) => name.endsWith('.working'))).toBe(true);
    const done = Promise.withResolvers<readonly string[]>();
    await startCore(folder, {
      ...idle,
      async *import(paths) {
        done.resolve(paths);
        yield HOLE;
      },
    });
    expect(await done.promise).toEqual(['/stick/a.enrb']);
    expect(await asking).toEqual([HOLE, HOLE]);
    await expect.poll(() => left(folder)).toEqual([]);
  });

  it('of yesterday’s is nobody’s any more', async () => {
    const folder = await coreFolder();
    const { waitingPath, workingPath, answerPath } = await openMailbox(folder, 'courier');
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const path of [waitingPath, workingPath, answerPath].map((of) => of(newOrderId(yesterday)))) {
      await writeFile(path, JSON.stringify(IMPORT));
      await utimes(path, yesterday, yesterday);
    }
    const asked: unknown[] = [];
    await startCore(folder, {
      ...idle,
      async *import(paths) {
        asked.push(paths);
        yield HOLE;
      },
    });
    await expect.poll(() => left(folder)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('lies where only the owner may look or write', async () => {
    const folder = await coreFolder();
    const { ordersFolder, answersFolder } = await openMailbox(folder, 'courier');
    for (const made of [join(folder, 'courier'), ordersFolder, answersFolder]) {
      expect((await stat(made)).mode & 0o777).toBe(0o700);
    }
  });
});

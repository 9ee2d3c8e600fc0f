import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { answerOrders, type OrdersOptions } from './answer-orders.ts';
import { askCore } from './ask-core.ts';
import { type Mailbox, newOrderId, openMailbox, type Protocol } from './mailbox.ts';

type CarryOut = OrdersOptions<string, string>['carryOut'];

const PROTOCOL: Protocol<string, string> = {
  mailbox: 'changes',
  order: z.string(),
  step: z.string(),
  maxOrderBytes: 1_000,
  cutShort: 'given-back',
};
const QUICK = { takenWithinMs: 5_000, silenceMs: 5_000, pollMs: 5 };

async function place(): Promise<{ folder: string; mailbox: Mailbox }> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-given-back-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, mailbox: await openMailbox(folder, PROTOCOL.mailbox) };
}

async function desk(folder: string, carryOut: CarryOut): Promise<() => Promise<void>> {
  const log = pino({ enabled: false });
  const stop = await answerOrders({ folder, protocol: PROTOCOL, carryOut, now: () => new Date(), log, pollMs: 20 });
  onTestFinished(stop);
  return stop;
}

async function ask(folder: string, order: string, settings = QUICK): Promise<string[]> {
  const steps: string[] = [];
  for await (const step of askCore(folder, PROTOCOL, order, settings)) steps.push(step);
  return steps;
}

function answered(mailbox: Mailbox, id: string): Promise<unknown> {
  return readFile(mailbox.answerPath(id), 'utf8').then(
    (text) => JSON.parse(text.trim().split('\n').at(-1) || 'null'),
    () => undefined,
  );
}

const GIVEN_BACK = { answer: 'failed', problem: { code: 'ENR-OPS-009' } };

describe('an order that is given back when it was cut short', () => {
  it('is not begun again by the next start, however long ago that was; whoever gave it is told', async () => {
    const { folder, mailbox } = await place();
    const [killed, forgotten, fresh] = [
      newOrderId(new Date()),
      newOrderId(new Date(Date.now() - 60_000)),
      newOrderId(new Date()),
    ];
    await writeFile(mailbox.workingPath(killed), JSON.stringify('revoke'));
    await writeFile(mailbox.waitingPath(forgotten), JSON.stringify('suspend'));
    await writeFile(mailbox.waitingPath(fresh), JSON.stringify('invite'));
    const carriedOut: string[] = [];
    await desk(folder, async function* (order) {
      carriedOut.push(order);
      yield order;
    });
    await expect.poll(() => answered(mailbox, fresh)).toEqual({ answer: 'done' });
    expect(await answered(mailbox, killed)).toMatchObject(GIVEN_BACK);
    expect(await answered(mailbox, forgotten)).toMatchObject(GIVEN_BACK);
    expect(carriedOut).toEqual(['invite']);
    expect(await readdir(mailbox.ordersFolder)).toEqual([]);
  });

  it('and is at work when the core is stopped comes to its end, and the answer says so', async () => {
    const { folder, mailbox } = await place();
    const isIn = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const stop = await desk(folder, async function* (order) {
      isIn.resolve();
      await goOn.promise;
      yield order;
    });
    const asking = ask(folder, 'suspend');
    await isIn.promise;
    const stopped = stop();
    goOn.resolve();
    await stopped;
    expect(await asking).toEqual(['suspend']);
    expect(await readdir(mailbox.ordersFolder)).toEqual([]);
  });

  it('and lets itself be broken off by the stop is told as that; its own refusal is told as its own', async () => {
    for (const [thrown, code] of [
      [new DOMException('stopped', 'AbortError'), 'ENR-OPS-009'],
      [new EnrouteError('ENR-AUT-004'), 'ENR-AUT-004'],
    ] as const) {
      const { folder } = await place();
      const isIn = Promise.withResolvers<void>();
      const stop = await desk(folder, async function* (_order, stopping) {
        isIn.resolve();
        await new Promise((_resolve, reject) => stopping.addEventListener('abort', () => reject(thrown)));
      });
      const asking = ask(folder, 'verify').catch((error: unknown) => error);
      await isIn.promise;
      await stop();
      expect(await asking).toMatchObject({ code });
    }
  });

  it('is taken out by whoever waits no longer for a core that was killed over it', async () => {
    const { folder, mailbox } = await place();
    const asking = ask(folder, 'revoke', { ...QUICK, silenceMs: 100 }).catch((error: unknown) => error);
    await expect.poll(() => readdir(mailbox.ordersFolder)).toEqual([expect.stringMatching(/\.json$/)]);
    const [name = ''] = await readdir(mailbox.ordersFolder);
    const id = mailbox.waitingId(name) ?? '';
    await rename(mailbox.waitingPath(id), mailbox.workingPath(id));
    await writeFile(mailbox.answerPath(id), '\n');
    expect(await asking).toMatchObject({ code: 'ENR-OPS-009' });
    expect(await readdir(mailbox.ordersFolder)).toEqual([]);
  });
});

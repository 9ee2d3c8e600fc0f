/** Packets to the core and answers back on a stick, between a real station and a real core, with and without the link. */
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { askCourier, type Order } from '@enroute/core/courier/orders.ts';
import { frameOffset } from '@enroute/shared/courier/frames.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { describe, expect, it } from 'vitest';
import { until } from './channel.fixture.ts';
import { type Country, openCountry } from './country.fixture.ts';

const PATIENCE_MS = 25_000;
const STATION = '1000110077';
const GIB = 1024 ** 3;

async function all<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}

function ask({ folder }: Country, order: Order): Promise<(TakeStep | WriteStep)[]> {
  return all(askCourier(join(folder, 'core'), order));
}

async function newStick({ folder }: Country, name: string): Promise<string> {
  const stick = join(folder, name);
  await mkdir(stick);
  return stick;
}

async function bundlesOn(stick: string): Promise<string[]> {
  return (await readdir(stick)).map((name) => join(stick, name));
}

/** The station's packets, onto a stick, into the running core. @returns what became of each */
async function carryUp(country: Country, stick: string): Promise<string[]> {
  await all(country.station().exportBundle({ folder: stick, maxFileBytes: GIB, maxBytes: null }));
  return takeIn(country, stick);
}

async function takeIn(country: Country, stick: string): Promise<string[]> {
  const steps = await ask(country, { v: 1, order: 'import', by: 'cli:test', bundles: await bundlesOn(stick) });
  return steps.flatMap((step) => (step.step === 'entry' && 'result' in step ? [`${step.id} ${step.result}`] : []));
}

/** What the core has for the station, onto a stick, into the station. */
async function carryDown(country: Country, stick: string): Promise<string[]> {
  const common = { station: STATION, since: null, maxFileBytes: GIB, maxBytes: null } as const;
  await ask(country, { v: 1, order: 'export', by: 'cli:test', folder: stick, ...common });
  const steps = await all(country.station().importBundles(await bundlesOn(stick)));
  return steps.flatMap((step) => (step.step === 'entry' ? [`${step.id} ${step.result}`] : []));
}

async function expectAllEnded(country: Country, rids: readonly string[]): Promise<void> {
  expect(await country.core().conservation()).toMatchObject({
    packetsIn: rids.length,
    heaps: { terminal: rids.length },
    violations: [],
    holds: true,
  });
  for (const item of await country.items()) {
    expect(item).toMatchObject({ state: 'TERMINAL', outcome: { state: 'COMPLETED', code: 'ENR-OUT-001' } });
    expect((await country.station().result(item.rid))?.uin).toMatch(/^\d{10}$/);
  }
}

/** Whoever finds the stick does not see whose it is, nor what is on it. */
async function expectTellsNothing(path: string, rids: readonly string[]): Promise<void> {
  const bytes = await readFile(path);
  for (const told of [...rids, STATION, 'amina', 'manifest', 'receipt', 'ENROUTE']) {
    expect(bytes.includes(told), told).toBe(false);
    expect(basename(path)).not.toContain(told);
  }
}

async function untilProcessed(country: Country, packets: number): Promise<void> {
  const ended = async () => (await country.core().conservation()).heaps.terminal === packets;
  await until(ended, 'the pipeline', PATIENCE_MS);
}

const isTerminal = async (country: Country): Promise<boolean> =>
  (await country.items()).every(({ state }) => state === 'TERMINAL');

describe('a station that never has a link', () => {
  it('gets everybody a number by stick alone, there and back, while the core runs', async () => {
    const country = await openCountry();
    const { rids } = await country.enrol(0, 1, 2);
    const up = await newStick(country, 'up');
    expect((await carryUp(country, up)).sort()).toEqual(rids.map((rid) => `${rid} taken`).sort());
    await untilProcessed(country, 3);
    const down = await newStick(country, 'down');
    const taken = await carryDown(country, down);
    expect(taken).toHaveLength(9);
    expect(taken.every((one) => one.endsWith(' taken'))).toBe(true);
    await until(() => isTerminal(country), 'the receipts to be applied');
    await expectAllEnded(country, rids);
    expect(country.bytesUp()).toBe(0);
    // The old sticks, once more: nothing is doubled, nothing is undone.
    expect((await takeIn(country, up)).every((one) => one.endsWith(' known'))).toBe(true);
    const again = await all(country.station().importBundles(await bundlesOn(down)));
    expect(again.filter((step) => step.step === 'entry').every(({ result }) => result === 'known')).toBe(true);
    await expectAllEnded(country, rids);
    for (const path of [...(await bundlesOn(up)), ...(await bundlesOn(down))]) await expectTellsNothing(path, rids);
  });
});

describe('a stick and the link at once', () => {
  it('bring one packet, wherever the upload stands when the stick arrives', async () => {
    const country = await openCountry({ bytesPerSecond: 256 * 1024 });
    const { rids, bytes } = await country.enrol(0, 1, 2);
    country.link().open();
    await until(() => country.bytesUp() > bytes / 6, 'the first upload to be on its way', PATIENCE_MS);
    const outcomes = await carryUp(country, await newStick(country, 'stick'));
    expect(outcomes.every((one) => /(taken|known)$/.test(one))).toBe(true);
    await until(() => isTerminal(country), 'all answers', PATIENCE_MS);
    await expectAllEnded(country, rids);
    expect(country.bytesUp()).toBeLessThan(bytes);
  });

  it('bring the answers once: what the channel brings after the stick changes nothing', async () => {
    const country = await openCountry();
    const { rids } = await country.enrol(0, 1);
    await country.core().setMaster({ approval: false });
    await carryUp(country, await newStick(country, 'up'));
    await untilProcessed(country, 2);
    await carryDown(country, await newStick(country, 'down'));
    await until(() => isTerminal(country), 'the receipts to be applied');
    const before = await country.items();
    const warnings = async () => (await country.station().status()).limits.findings.map(({ code }) => code);
    expect(await warnings()).toEqual([]);
    // What is written over later must still come through.
    const diskRoomPackets = { warn: 1_000_000_000, refuse: null };
    await country.core().setMaster({ approval: false, limits: { diskRoomPackets } });
    country.link().open();
    await until(async () => (await warnings()).includes('ENR-LIM-001'), 'newer master data', PATIENCE_MS);
    expect(await country.items()).toEqual(before);
    await expectAllEnded(country, rids);
  });

  it('leave what a damaged stick lacks to the link', async () => {
    const country = await openCountry();
    const { rids } = await country.enrol(0, 1);
    const stick = await newStick(country, 'stick');
    await all(country.station().exportBundle({ folder: stick, maxFileBytes: GIB, maxBytes: null }));
    const [path = ''] = await bundlesOn(stick);
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(1_000, 7), 0, 1_000, frameOffset(2));
    await file.close();
    expect(await takeIn(country, stick)).toEqual([`${rids[0]} damaged`, `${rids[1]} taken`]);
    country.link().open();
    await until(() => isTerminal(country), 'all answers', PATIENCE_MS);
    await expectAllEnded(country, rids);
  });
});

/** What the tests of the core's courier share: a gateway with its courier, a stick, and stations that write onto it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { type BundleOptions, openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { openTestGateway, type TestGateway, type TestPacket, type TestStation } from '../gateway/gateway.fixture.ts';
import { type Courier, type CourierExport, type CourierOptions, openCourier } from './courier.ts';

/** What stations have sealed. */
const WRITTEN_AT = new Date('2026-03-01T11:00:00.000Z');

export interface TestCourier {
  readonly gateway: TestGateway;
  readonly courier: Courier;
  readonly folder: string;
  /** Where packets grow until they are whole. */
  readonly arriving: string;
  readonly stick: string;
  /** @returns the bundle's path */
  pack(station: TestStation, packets: readonly TestPacket[], change?: Partial<BundleOptions>): Promise<string>;
  take(...paths: string[]): Promise<TakeStep[]>;
  carry(order: Partial<CourierExport> & { readonly station: string }): Promise<WriteStep[]>;
}

export async function openTestCourier(change: Partial<CourierOptions> = {}): Promise<TestCourier> {
  const gateway = await openTestGateway();
  const folder = join(gateway.incomingFolder, '..');
  const stick = await mkdtemp(join(quickTmpdir(), 'enroute-stick-'));
  onTestFinished(() => rm(stick, { recursive: true, force: true }));
  const { keys, databases, register: stations, vault } = gateway;
  const courier = await openCourier({
    folder,
    core: { keys, databases, stations, vault },
    terms: { processes: new Set(['NEW', 'CORRECTION']), masterOf: () => undefined },
    now: () => WRITTEN_AT,
    log: pino({ enabled: false }),
    ...change,
  });
  return {
    gateway,
    courier,
    folder,
    arriving: join(folder, 'courier', 'arriving'),
    stick,
    pack: async (station, packets, change = {}) => {
      const writer = await openBundleWriter({
        folder: stick,
        direction: 'up',
        station: station.number,
        sender: station.signing,
        reader: publicKeyOf(keys.sealing),
        maxFileBytes: 1024 ** 3,
        maxBytes: undefined,
        now: () => WRITTEN_AT,
        ...change,
      });
      for (const { manifest, sealed } of packets) await writer.add('packet', manifest, sealed.bytes);
      const [file] = await all(writer.finish());
      return file?.path ?? '';
    },
    take: (...paths) => all(courier.import(paths)),
    carry: (order) =>
      all(courier.export({ folder: stick, since: undefined, maxFileBytes: 1024 ** 3, maxBytes: undefined, ...order })),
  };
}

/** "0 taken", "1 refused ENR-MAN-004": by the packets' places in the list. */
export function outcomes(steps: readonly TakeStep[], packets: readonly TestPacket[]): string[] {
  return steps.flatMap((step) => {
    if (step.step !== 'entry') return [];
    const place = packets.findIndex(({ rid }) => rid === step.id);
    return [`${place} ${step.result}${step.problem ? ` ${step.problem.code}` : ''}`];
  });
}

export async function all<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}

/** What the tests of the station's courier share: a station, a stick, and a core at the other end of the way. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type ReceiptBody, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { takeBundles } from '@enroute/sync/courier/take-bundles.ts';
import { type BundleOptions, openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import { onTestFinished } from 'vitest';
import { openTestAgent, type TestAgent } from '../agent/agent.fixture.ts';
import { type Inbox, openInbox } from '../agent/inbox.ts';
import { NOW } from '../queue/queue.fixture.ts';
import { type ExportOrder, exportPackets } from './export-packets.ts';
import { importBundles } from './import-bundles.ts';

export interface Carried {
  readonly id: string;
  readonly body: object;
}

export interface TestCourier {
  readonly agent: TestAgent;
  readonly inbox: Inbox;
  readonly stick: string;
  export(order?: Partial<ExportOrder>): Promise<WriteStep[]>;
  import(...paths: string[]): Promise<TakeStep[]>;
  /** Writes as the core does. @returns the bundle's path */
  fromCore(documents: readonly Carried[], change?: Partial<BundleOptions>): Promise<string>;
  /** What the core finds in the bundles of the stick: RIDs, in their order. */
  arriving(): Promise<(string | null)[]>;
  /** @param signer the core, unless somebody else tries */
  receipt(rid: string, kind: ReceiptBody['kind'], change?: Partial<ReceiptBody>, signer?: KeyPair): Promise<Carried>;
}

export async function openTestCourier(): Promise<TestCourier> {
  const agent = await openTestAgent();
  const stick = await mkdtemp(join(tmpdir(), 'enroute-stick-'));
  onTestFinished(() => rm(stick, { recursive: true, force: true }));
  const { identity, card, core, queue, files } = agent;
  const { incoming } = agent.database.current();
  const inbox = openInbox(incoming, queue, identity, card, agent.log);
  onTestFinished(() => inbox.stop());
  const { signing, station } = identity;
  return {
    agent,
    inbox,
    stick,
    export: (order = {}) =>
      all(
        exportPackets(
          { folder: stick, maxFileBytes: 1024 ** 3, maxBytes: null, ...order },
          { queue, files, station, signing, reader: card.sealingKey, now: () => NOW },
        ),
      ),
    import: (...paths) =>
      all(importBundles(paths, { incoming, identity, core: card, followKeys: async () => undefined })),
    fromCore: async (documents, change = {}) => {
      const writer = await openBundleWriter({
        folder: stick,
        direction: 'down',
        station,
        sender: core.signing,
        reader: publicKeyOf(identity.sealing),
        maxFileBytes: 1024 ** 3,
        maxBytes: undefined,
        now: () => NOW,
        ...change,
      });
      for (const document of documents) await writer.add('document', document);
      const [file] = await all(writer.finish());
      return file?.path ?? '';
    },
    arriving: async () => {
      const paths = (await readdir(stick)).map((name) => join(stick, name));
      const steps = takeBundles(paths, {
        readers: [core.sealing],
        direction: 'up',
        sendersOf: async () => [publicKeyOf(signing)],
        nameOf: ({ json }) => (json as { rid: string }).rid,
        take: async () => 'taken',
      });
      return (await all(steps)).flatMap((step) => (step.step === 'entry' ? [step.id] : []));
    },
    receipt: async (rid, kind, change = {}, signer = core.signing) => {
      const digest = (await queue.get(rid))?.manifest.packet.digest ?? 'a'.repeat(64);
      const common = { v: 1, rid, station, digest, at: NOW.toISOString(), epoch: 'first' } as const;
      const outcome = { ...common, kind: 'OUTCOME', outcome: 'COMPLETED', code: 'ENR-OUT-001' } as const;
      const body = { ...(kind === 'OUTCOME' ? outcome : { ...common, kind }), ...change } as ReceiptBody;
      return { id: receiptId(rid, kind), body: signReceipt(body, signer) };
    },
  };
}

export async function all<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const step of steps) seen.push(step);
  return seen;
}

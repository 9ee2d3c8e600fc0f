/** What the tests of courier bundles share: a sender, a receiver, and a folder that stands for a stick. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newBundleStream } from '@enroute/shared/courier/format.ts';
import { PAYLOAD_BYTES, sealFrame } from '@enroute/shared/courier/frames.ts';
import { encodeRecord } from '@enroute/shared/courier/records.ts';
import { signStatement } from '@enroute/shared/courier/statement.ts';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { onTestFinished } from 'vitest';
import type { TakeStep } from './steps.ts';
import { type BundleTaker, takeBundles } from './take-bundles.ts';
import { type BundleOptions, openBundleWriter, type WrittenFile } from './write-bundle.ts';

export const STATION = '1000110077';
const AT = new Date('2026-03-01T10:00:00.000Z');

export interface Cargo {
  readonly name: string;
  readonly body: Uint8Array;
}

export interface TestCourier {
  readonly stick: string;
  readonly sender: ReturnType<typeof newSigningKeyPair>;
  readonly reader: ReturnType<typeof newSealingKeyPair>;
  write(cargo: readonly Cargo[], change?: Partial<BundleOptions>): Promise<WrittenFile[]>;
  /** @returns what was told, and by name the digest of what arrived whole */
  take(
    paths: readonly string[],
    change?: Partial<BundleTaker>,
    signal?: AbortSignal,
  ): Promise<{ steps: TakeStep[]; got: Map<string, string> }>;
  files(): Promise<string[]>;
}

export async function openTestCourier(): Promise<TestCourier> {
  const stick = await mkdtemp(join(tmpdir(), 'enroute-stick-'));
  onTestFinished(() => rm(stick, { recursive: true, force: true }));
  const [sender, reader] = [newSigningKeyPair(), newSealingKeyPair()];
  return {
    stick,
    sender,
    reader,
    write: async (cargo, change = {}) => {
      const writer = await openBundleWriter({
        folder: stick,
        direction: 'up',
        station: STATION,
        sender,
        reader: publicKeyOf(reader),
        maxFileBytes: 1024 ** 3,
        maxBytes: undefined,
        now: () => AT,
        ...change,
      });
      for (const { name, body } of cargo) await writer.add('packet', { name }, body);
      const written: WrittenFile[] = [];
      for await (const file of writer.finish()) written.push(file);
      return written;
    },
    take: async (paths, change = {}, signal = undefined) => {
      const got = new Map<string, string>();
      const taker: BundleTaker = {
        readers: [reader],
        direction: 'up',
        sendersOf: async (station) => {
          if (station !== STATION) throw new EnrouteError('ENR-AUT-004', station);
          return [publicKeyOf(sender)];
        },
        nameOf: ({ json }) => (json as { name: string }).name,
        take: async (entry) => {
          const { name } = entry.json as { name: string };
          const pieces: Uint8Array[] = [];
          for await (const piece of entry.body) pieces.push(piece);
          const digest = sha256Hex(Buffer.concat(pieces));
          if (got.get(name) === digest) return 'known';
          got.set(name, digest);
          return 'taken';
        },
        ...change,
      };
      const steps: TakeStep[] = [];
      for await (const step of takeBundles(paths, taker, signal)) steps.push(step);
      return { steps, got };
    },
    files: async () => (await readdir(stick)).map((name) => join(stick, name)),
  };
}

export function cargo(...bytes: number[]): Cargo[] {
  return bytes.map((size, index) => ({ name: `packet-${index}`, body: randomBytes(size) }));
}

/** A file that no writer of ours makes, by whoever has the sender's key. @returns its path */
export async function forgeBundle(
  { stick, sender, reader }: TestCourier,
  { entries, records }: { readonly entries: number; readonly records: Uint8Array },
): Promise<string> {
  const { prefix, stream } = newBundleStream(publicKeyOf(reader));
  const common = { v: 1, direction: 'up', station: STATION, receiver: reader.keyId, stream: stream.name } as const;
  const body = { ...common, bundle: '0'.repeat(32), number: 1, of: 1, entries, at: AT.toISOString() };
  const payloads = [encodeRecord('statement', signStatement(body, sender), 0)];
  for (let at = 0; at < records.byteLength; at += PAYLOAD_BYTES)
    payloads.push(records.subarray(at, at + PAYLOAD_BYTES));
  const frames = payloads.map((bytes, index) => {
    const payload = new Uint8Array(PAYLOAD_BYTES);
    payload.set(bytes);
    return sealFrame({ payload, firstRecordAt: 0, isLast: index === payloads.length - 1 }, index, stream);
  });
  const path = join(stick, 'forged.enrb');
  await writeFile(path, Buffer.concat([prefix, ...frames]));
  return path;
}

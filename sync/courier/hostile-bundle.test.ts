import { execFile } from 'node:child_process';
import { symlink, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { frameOffset, PAYLOAD_BYTES } from '@enroute/shared/courier/frames.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it } from 'vitest';
import { cargo, forgeBundle, openTestCourier, type TestCourier } from './bundle.fixture.ts';
import { LARGEST_FILE_BYTES } from './limits.ts';
import { type BundleEntry, readEntries } from './read-entries.ts';
import type { FrameStep } from './read-frames.ts';
import type { TakeStep } from './steps.ts';
import { tellTake } from './tell-steps.ts';

const KIB = 1024;
const run = promisify(execFile);

/** So many of the shortest records there are: a document with nothing in it. */
function shortest(records: number): Uint8Array {
  const bytes = Buffer.alloc(8 * records);
  for (let at = 0; at < bytes.byteLength; at += 8) bytes.writeUInt8(3, at);
  return bytes;
}

async function refuseAll(courier: TestCourier, path: string): Promise<TakeStep[]> {
  const refuse = async (): Promise<never> => {
    throw new EnrouteError('ENR-CHN-001');
  };
  return (await courier.take([path], { nameOf: () => undefined, take: refuse })).steps;
}

/** A file whose first frames are genuine and whose rest, as long as one likes, is nothing. */
async function hollow(courier: TestCourier, frames: number): Promise<string> {
  const [file] = await courier.write(cargo(300 * KIB));
  const path = file?.path ?? '';
  await truncate(path, frameOffset(2));
  await truncate(path, frameOffset(2 + frames));
  return path;
}

async function* tornForEver(): AsyncGenerator<FrameStep> {
  for (let atBytes = 0; ; atBytes += 2) {
    yield { kind: 'damaged', atBytes, toBytes: atBytes + 1 };
    const payload = new Uint8Array(PAYLOAD_BYTES);
    yield { kind: 'frame', frame: { payload, firstRecordAt: undefined, isLast: false } };
  }
}

describe('what only looks like a courier bundle', () => {
  it('is not waited for when it is a pipe, and not followed when it is a link', async ({ skip }) => {
    const courier = await openTestCourier();
    const [pipe, link] = [`${courier.stick}/a.enrb`, `${courier.stick}/b.enrb`];
    await run('mkfifo', [pipe]).catch(() => skip('There is no mkfifo here.'));
    await symlink('/etc/hostname', link);
    const { steps } = await courier.take([pipe, link]);
    expect(steps).toMatchObject([
      { step: 'not-opened', problem: { code: 'ENR-CRR-009', detail: 'not a file' } },
      { step: 'not-opened', problem: { code: 'ENR-CRR-009', detail: 'ELOOP' } },
    ]);
  });

  it('is not opened when it is larger than any', async () => {
    const courier = await openTestCourier();
    const [file] = await courier.write(cargo(300 * KIB));
    const path = file?.path ?? '';
    await truncate(path, LARGEST_FILE_BYTES + 1);
    const { steps } = await courier.take([path]);
    expect(steps).toMatchObject([{ step: 'not-opened', problem: { code: 'ENR-CRR-001' } }]);
  });
});

describe('a courier bundle that is mostly damage', () => {
  it('tells of what lies side by side at once', async () => {
    const courier = await openTestCourier();
    const path = await hollow(courier, 50);
    const { steps } = await courier.take([path]);
    const holes = steps.filter(({ step }) => step === 'hole');
    expect(holes).toEqual([{ step: 'hole', file: path, atBytes: frameOffset(2), toBytes: frameOffset(52) }]);
    expect(steps.at(-1)).toMatchObject({ step: 'closed', damaged: 1, brokeOffAtBytes: frameOffset(52) });
  });

  it('tells of each hole when it is behind it, not at the end', async () => {
    const seen: BundleEntry[] = [];
    for await (const entry of readEntries(tornForEver())) {
      seen.push(entry);
      if (seen.length === 3) break;
    }
    expect(seen.map((entry) => 'atBytes' in entry && entry.atBytes)).toEqual([0, 2, 4]);
  });

  it('is left where it is read when the reader is to stop', async () => {
    const courier = await openTestCourier();
    const stopping = new AbortController();
    const path = await hollow(courier, 5_000);
    const taking = courier.take([path], { nameOf: () => stopping.abort() as undefined }, stopping.signal);
    await expect(taking).rejects.toThrow(/aborted/);
  });
});

describe('a courier bundle that its sender made to do harm', () => {
  it('is left at the entry that is one more than stated', async () => {
    const courier = await openTestCourier();
    const path = await forgeBundle(courier, { entries: 3, records: shortest(10) });
    const steps = await refuseAll(courier, path);
    expect(steps.filter(({ step }) => step === 'entry')).toHaveLength(3);
    expect(steps.at(-1)).toMatchObject({ step: 'closed', refused: 3, missing: 0, problem: { code: 'ENR-CRR-013' } });
    expect(steps.map((step) => tellTake(step, 'packet')).at(-1)).toContain('ENR-CRR-013');
  });

  it('is told as a number where a thousand of its entries were refused', async () => {
    const courier = await openTestCourier();
    const path = await forgeBundle(courier, { entries: 5_000, records: shortest(5_000) });
    const steps = await refuseAll(courier, path);
    expect(steps.filter(({ step }) => step === 'entry')).toHaveLength(1_000);
    const closed = steps.at(-1);
    expect(closed).toMatchObject({ step: 'closed', refused: 5_000, untold: 4_000, problem: null });
    expect(closed && tellTake(closed, 'packet')).toMatch(/5000 refused.*4000 of these were not told one by one/);
  });

  it('is not believed when it states more entries than a file may have', async () => {
    const courier = await openTestCourier();
    await expect(forgeBundle(courier, { entries: 1_000_001, records: shortest(1) })).rejects.toThrow();
  });

  it('writes nothing to the terminal but text', async () => {
    const courier = await openTestCourier();
    const path = `${courier.stick}/\u001b]0;x\u0007\u001b[2J\u202e\n.enrb`;
    await writeFile(path, 'Dear core,');
    const { steps } = await courier.take([path]);
    const [told = ''] = steps.map((step) => tellTake(step, 'packet'));
    expect(told.split('\n')[0]).toBe(
      '\ufffd]0;x\ufffd\ufffd[2J\ufffd\ufffd.enrb: nothing was taken. ENR-CRR-001: The file is not a courier bundle.',
    );
  });
});

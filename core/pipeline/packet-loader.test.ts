import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIdentity, readMeta } from '@enroute/shared/packet/contents.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPackets, notLoaded } from './packet-loader.ts';
import { enrolmentOf, NOW, openTestCore, type TestCore } from './pipeline.fixture.ts';

let core: TestCore;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());

describe('loading the packets of a registration', () => {
  test('opens its own packet and those of its corrections, oldest first', async () => {
    const parent = await core.arrive({ enrolment: enrolmentOf(1) });
    const corrections = [];
    for (let n = 0; n < 2; n += 1) {
      const { _id: rid, packet } = await core.arrive({ process: 'CORRECTION', corrects: parent._id });
      corrections.push({ rid, digest: packet.digest });
    }
    const {
      packet,
      sealedAt,
      corrections: others,
    } = (await loadPackets({ ...parent, corrections }, core.vault, core.keyFor))();
    expect(readIdentity(packet)).toEqual(enrolmentOf(1).identity);
    expect(sealedAt).toBe(NOW.toISOString());
    expect(others.map((one) => readMeta(one).rid)).toEqual(corrections.map(({ rid }) => rid));
  });

  test('a packet that can never be opened is told when it is asked for, not before', async () => {
    const bad = await core.arrive({ bytes: new Uint8Array(100) });
    const load = await loadPackets(bad, core.vault, core.keyFor);
    expect(load).toThrow('ENR-PKT-001');
  });

  test('a correction that can never be opened is told, too', async () => {
    const parent = await core.arrive();
    const { _id: rid, packet } = await core.arrive({ bytes: new Uint8Array(101) });
    const load = await loadPackets(
      { ...parent, corrections: [{ rid, digest: packet.digest }] },
      core.vault,
      core.keyFor,
    );
    expect(load).toThrow('ENR-PKT-001');
  });

  test("the core's own troubles are none of the packet's: bytes that are gone or rotten, a key that is not held", async () => {
    const packets = [await core.arrive(), await core.arrive(), await core.arrive()] as const;
    await expect(loadPackets(packets[0], core.vault, () => undefined)).rejects.toMatchObject({ code: 'ENR-PKT-005' });
    const gone = { ...packets[1], packet: { ...packets[1].packet, digest: 'f'.repeat(64) } };
    await expect(loadPackets(gone, core.vault, core.keyFor)).rejects.toMatchObject({ code: 'ENR-VLT-001' });
    const { digest } = packets[2].packet;
    const path = join(core.folder, 'vault', digest.slice(0, 2), `${digest}.enrp`);
    await writeFile(path, (await readFile(path)).subarray(1));
    await expect(loadPackets(packets[2], core.vault, core.keyFor)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
  });

  test('a stage that did not say that it reads gets nothing', () => {
    expect(notLoaded).toThrow('did not say that it reads packets');
  });
});

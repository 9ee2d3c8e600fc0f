import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type Receipt, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { describe, expect, test } from 'vitest';
import type { Doc } from '../../store/store.ts';
import { OTHER_STATION } from '../pipeline.fixture.ts';
import { receiveStage } from './receive.ts';
import { body, stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('receive', () => {
  test('tells each station, signed, that its packet is held', async () => {
    const own = await bench.core.arrive();
    const other = await bench.core.arrive({ station: OTHER_STATION });
    expect(await bench.perform(receiveStage(bench.core.databases, bench.core.keys), [own, other])).toEqual([
      { kind: 'next' },
      { kind: 'next' },
    ]);
    for (const { _id: rid, station, packet } of [own, other]) {
      const receipt = await bench.downDoc<Doc & Receipt>(`receipt:${rid}:RECEIVED`, station);
      expect(receipt).toMatchObject({
        kind: 'RECEIVED',
        rid,
        station,
        digest: packet.digest,
        epoch: bench.core.keys.epoch,
      });
      expect(verifyReceipt(body(receipt) as Receipt, publicKeyOf(bench.core.keys.signing))).toBe(true);
    }
  });

  test('says the same when it is done again', async () => {
    const registration = await bench.core.arrive();
    const stage = receiveStage(bench.core.databases, bench.core.keys);
    await bench.perform(stage, [registration]);
    const first = await bench.downDoc(`receipt:${registration._id}:RECEIVED`);
    await bench.perform(stage, [registration]);
    expect(await bench.downDoc(`receipt:${registration._id}:RECEIVED`)).toEqual(first);
  });
});

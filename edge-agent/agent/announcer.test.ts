import { heartbeatSchema } from '@enroute/shared/schemas/heartbeat.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it } from 'vitest';
import { NOW, testItem } from '../queue/queue.fixture.ts';
import { openQueue } from '../queue/queue.ts';
import { openTestDatabase } from '../queue/station-database.fixture.ts';
import { announceSealed } from './announcer.ts';
import { writeHeartbeat } from './heartbeat.ts';

async function queueOf(count: number) {
  const database = await openTestDatabase();
  const { outgoing, queue: rows } = database.current();
  const queue = await openQueue(rows, () => NOW);
  for (let sequence = 1; sequence <= count; sequence += 1) await queue.add(testItem(sequence));
  return { database, outgoing, queue };
}

describe('announcing', () => {
  it('puts the manifest of every sealed packet into the channel, once', async () => {
    const { outgoing, queue } = await queueOf(103);
    expect(await announceSealed(queue, outgoing)).toBe(103);
    expect(await outgoing.count().exec()).toBe(103);
    expect(queue.total(['ANNOUNCED']).packets).toBe(103);
    const { rid, manifest } = testItem(1);
    expect((await outgoing.findOne(manifestId(rid)).exec())?.toJSON().body).toMatchObject({
      rid,
      packet: manifest.packet,
    });
    expect(await announceSealed(queue, outgoing)).toBe(0);
  });

  it('goes on after a crash between manifest and note', async () => {
    const { outgoing, queue } = await queueOf(2);
    const { rid, manifest } = testItem(1);
    await outgoing.insert({ id: manifestId(rid), body: manifest });
    expect(await announceSealed(queue, outgoing)).toBe(2);
    expect(await outgoing.count().exec()).toBe(2);
  });

  it('at the same moment twice announces each packet once', async () => {
    const { outgoing, queue } = await queueOf(3);
    await Promise.all([announceSealed(queue, outgoing), announceSealed(queue, outgoing)]);
    expect(await outgoing.count().exec()).toBe(3);
    expect(queue.total(['ANNOUNCED']).packets).toBe(3);
  });

  it('offers again what was refused before it was approved, also when the approval is the same as the one before', async () => {
    const { outgoing, queue } = await queueOf(1);
    const { rid } = testItem(1);
    await announceSealed(queue, outgoing);
    expect(await queue.move(rid, 'AWAITING_APPROVAL', { problem: 'ENR-MAN-006' })).toBe(true);
    await queue.move(rid, 'APPROVED');
    await announceSealed(queue, outgoing);
    expect((await outgoing.findOne(manifestId(rid)).exec())?.toJSON()).toMatchObject({ offers: 2 });
  });

  it('whose refusal is heard before it was noted that it is announced goes to the supervisor all the same', async () => {
    const { outgoing, queue } = await queueOf(1);
    const { rid, manifest } = testItem(1);
    await outgoing.insert({ id: manifestId(rid), body: manifest });
    expect(await queue.move(rid, 'AWAITING_APPROVAL', { problem: 'ENR-MAN-006' })).toBe(true);
    expect(await announceSealed(queue, outgoing)).toBe(0);
    expect(await queue.get(rid)).toMatchObject({ state: 'AWAITING_APPROVAL' });
  });

  it('on a full disk leaves the packet sealed, to be announced later', async () => {
    const { database, outgoing, queue } = await queueOf(1);
    database.disk.full = true;
    await expect(announceSealed(queue, outgoing)).rejects.toMatchObject({ code: 'ENR-STN-001' });
    expect(queue.total(['SEALED']).packets).toBe(1);
    database.disk.full = false;
    expect(await announceSealed(queue, outgoing)).toBe(1);
  });
});

describe('the heartbeat', () => {
  it('tells how the queue stands, in one document that takes the place of the one before', async () => {
    const { outgoing, queue } = await queueOf(2);
    let clockOffsetMs: number | undefined;
    const source = {
      station: '1000110077',
      queue,
      clockOffsetMs: () => clockOffsetMs,
      software: 'test',
      now: () => NOW,
    };
    await writeHeartbeat(source, outgoing);
    clockOffsetMs = -2000;
    await queue.move(testItem(1).rid, 'SET_ASIDE', { problem: 'ENR-STN-003' });
    await writeHeartbeat(source, outgoing);
    const found = await outgoing.find().exec();
    expect(found.map(({ id }) => id)).toEqual(['heartbeat']);
    expect(heartbeatSchema.parse(found[0]?.toMutableJSON().body)).toEqual({
      v: 1,
      station: '1000110077',
      at: NOW.toISOString(),
      waiting: { packets: 1, bytes: 1000, oldest: testItem(2).savedAt },
      setAside: 1,
      clockOffsetMs: -2000,
      software: 'test',
    });
  });
});

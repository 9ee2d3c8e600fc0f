import { describe, expect, it } from 'vitest';
import { NOW, testItem } from './queue.fixture.ts';
import { openQueue, type Queue } from './queue.ts';
import { openTestDatabase } from './station-database.fixture.ts';

const rids = (items: readonly { readonly rid: string }[]): string[] => items.map(({ rid }) => rid);
const ridOf = (sequence: number): string => testItem(sequence).rid;

async function openTestQueue(count: number) {
  const database = await openTestDatabase();
  let now = NOW;
  const queue: Queue = await openQueue(database.current().queue, () => now);
  for (let sequence = 1; sequence <= count; sequence += 1) await queue.add(testItem(sequence));
  return {
    database,
    queue,
    at: (time: Date): void => {
      now = time;
    },
  };
}

describe("the station's queue", () => {
  it('still holds after a restart what it held before', async () => {
    const { database, queue } = await openTestQueue(2);
    await queue.move(ridOf(2), 'ANNOUNCED');
    const again = await openQueue((await database.reopen()).queue, () => NOW);
    expect(await again.get(ridOf(1))).toMatchObject({
      state: 'SEALED',
      manifest: testItem(1).manifest.packet && { rid: ridOf(1) },
    });
    expect(await again.get(ridOf(2))).toMatchObject({ state: 'ANNOUNCED' });
    expect(await again.get('nothing')).toBeUndefined();
  });

  it('lists the newest first and works off the oldest first', async () => {
    const { queue } = await openTestQueue(3);
    expect(rids(await queue.list(2))).toEqual([ridOf(3), ridOf(2)]);
    expect(rids(await queue.inState(['SEALED'], 2))).toEqual([ridOf(1), ridOf(2)]);
    expect(await queue.inState(['SENT'], 2)).toEqual([]);
  });

  it('moves a packet as the table of states allows, notes when, and leaves it otherwise', async () => {
    const { queue, at } = await openTestQueue(1);
    const rid = ridOf(1);
    const later = new Date(NOW.getTime() + 60_000);
    at(later);
    expect(await queue.move(rid, 'SENT')).toBe(false);
    expect(await queue.get(rid)).toMatchObject({ state: 'SEALED', changedAt: NOW.toISOString() });
    expect(await queue.move(rid, 'ANNOUNCED')).toBe(true);
    expect(await queue.get(rid)).toMatchObject({ state: 'ANNOUNCED', changedAt: later.toISOString() });
    expect(await queue.move('nothing', 'ANNOUNCED')).toBe(false);
  });

  it('says that a packet is where it should go when it is there already, and changes nothing', async () => {
    const { queue, at } = await openTestQueue(1);
    const rid = ridOf(1);
    await queue.move(rid, 'ANNOUNCED');
    let changes = 0;
    const watching = queue.changed$.subscribe(() => {
      changes += 1;
    });
    at(new Date(NOW.getTime() + 60_000));
    expect(await queue.move(rid, 'ANNOUNCED')).toBe(true);
    expect(await queue.move(rid, 'RELEASED')).toBe(false);
    watching.unsubscribe();
    expect(changes).toBe(0);
    expect(await queue.get(rid)).toMatchObject({ state: 'ANNOUNCED', changedAt: NOW.toISOString() });
  });

  it('says why a packet was set aside last', async () => {
    const { queue } = await openTestQueue(1);
    const rid = ridOf(1);
    await queue.move(rid, 'SET_ASIDE', { problem: 'ENR-MAN-003' });
    expect(await queue.move(rid, 'SET_ASIDE', { problem: 'ENR-MAN-004' })).toBe(true);
    expect(await queue.get(rid)).toMatchObject({ problem: 'ENR-MAN-004' });
    expect(await queue.move(rid, 'EXPECTED')).toBe(true);
    expect(await queue.get(rid)).not.toHaveProperty('problem');
  });

  it('of erasing a draft and completing it at the same moment does one, and counts right', async () => {
    const { queue } = await openTestQueue(0);
    for (let sequence = 1; sequence <= 12; sequence += 1) {
      await queue.add({ ...testItem(sequence), state: 'DRAFT' });
      const rid = ridOf(sequence);
      const [erased, moved] = await Promise.allSettled([queue.erase(rid), queue.move(rid, 'SEALED')]);
      const isThere = (await queue.get(rid)) !== undefined;
      expect({ erased: erased.status === 'fulfilled', moved }).toEqual({
        erased: !isThere,
        moved: { status: 'fulfilled', value: isThere },
      });
    }
    const there = (await queue.list(100)).length;
    expect(queue.total(['DRAFT']).packets).toBe(0);
    expect(queue.total(['SEALED'])).toEqual({ packets: there, bytes: there * 1000 });
  });

  it('lets only one of two moves at the same moment happen when they exclude each other', async () => {
    const { queue } = await openTestQueue(1);
    const rid = ridOf(1);
    await queue.move(rid, 'ANNOUNCED');
    const outcome = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
    await Promise.all([
      queue.move(rid, 'TERMINAL', { outcome }),
      queue.move(rid, 'UPLOADING'),
      queue.move(rid, 'SENT'),
    ]);
    expect(await queue.get(rid)).toMatchObject({ state: 'TERMINAL', outcome });
  });

  it('counts what waits, in packets and bytes, and since when', async () => {
    const { queue } = await openTestQueue(3);
    expect(await queue.waiting()).toEqual({ packets: 3, bytes: 3000, oldest: testItem(1).savedAt });
    await queue.move(ridOf(1), 'ANNOUNCED');
    await queue.move(ridOf(1), 'RECEIVED');
    await queue.move(ridOf(2), 'SET_ASIDE', { problem: 'ENR-STN-003' });
    expect(await queue.waiting()).toEqual({ packets: 1, bytes: 1000, oldest: testItem(3).savedAt });
    expect(queue.total(['SET_ASIDE']).packets).toBe(1);
  });

  it('says that nothing waits when nothing does', async () => {
    const { queue } = await openTestQueue(0);
    expect(await queue.waiting()).toEqual({ packets: 0, bytes: 0, oldest: null });
  });

  it('tells of every change', async () => {
    const { queue } = await openTestQueue(1);
    let changes = 0;
    const watching = queue.changed$.subscribe(() => {
      changes += 1;
    });
    await queue.move(ridOf(1), 'ANNOUNCED');
    await queue.add(testItem(2));
    watching.unsubscribe();
    expect(changes).toBe(2);
  });

  it('refuses to move or take a packet on a full disk, stays as it was, and goes on when there is room', async () => {
    const { queue, database } = await openTestQueue(1);
    database.disk.full = true;
    await expect(queue.move(ridOf(1), 'ANNOUNCED')).rejects.toMatchObject({ code: 'ENR-STN-001' });
    await expect(queue.add(testItem(2))).rejects.toMatchObject({ code: 'ENR-STN-001' });
    expect(await queue.get(ridOf(1))).toMatchObject({ state: 'SEALED' });
    expect(await queue.get(ridOf(2))).toBeUndefined();
    database.disk.full = false;
    expect(await queue.move(ridOf(1), 'ANNOUNCED')).toBe(true);
    await queue.add(testItem(2));
    expect(rids(await queue.list(10))).toEqual([ridOf(2), ridOf(1)]);
  });
});

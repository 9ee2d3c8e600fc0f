import { laneOf } from '@enroute/shared/registration/lane.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OpenedStore, onEveryStore } from '../../store/every-store.fixture.ts';
import type { Database } from '../../store/store.ts';
import type { HeldLane, LaneChange } from '../lanes/lanes.ts';
import { broken, faulty, must, ridOf, silent } from '../pipeline.fixture.ts';
import type { EventDraft, PipelineEvent } from './event.ts';
import { type Inbox, type InboxOptions, openInbox } from './event-inbox.ts';
import { sendEvents } from './send-events.ts';

const WITHIN = { timeout: 10_000, interval: 10 };
const AT = '2026-03-01T12:00:00.000Z';
const wakeUp = (sequence: number, change: Partial<EventDraft> = {}): EventDraft =>
  ({ kind: 'wake', rid: ridOf(sequence), reason: 'decision', at: AT, ...change }) as EventDraft;

/** Lanes that change hands as the test says. */
class ToldLanes {
  readonly #held = new Map<number, HeldLane>();
  #listener: (change: LaneChange) => void = () => undefined;

  held = (): ReadonlyMap<number, HeldLane> => this.#held;

  onChange(listener: (change: LaneChange) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  gain(...lanes: number[]): void {
    const gained = lanes.map((lane) => ({ lane, fence: 1, since: undefined }));
    for (const each of gained) this.#held.set(each.lane, each);
    this.#listener({ gained, lost: [] });
  }

  lose(...lost: number[]): void {
    for (const lane of lost) this.#held.delete(lane);
    this.#listener({ gained: [], lost });
  }
}

const EVERY_LANE = Array.from({ length: 64 }, (_, lane) => lane);

onEveryStore('the inbox of events', (open) => {
  let opened: OpenedStore;
  let events: Database;
  let lanes: ToldLanes;
  const inboxes: Inbox[] = [];
  beforeEach(async () => {
    opened = await open();
    events = await opened.store.database('events');
    lanes = new ToldLanes();
    lanes.gain(...EVERY_LANE);
  });
  afterEach(async () => {
    await Promise.all(inboxes.splice(0).map((inbox) => inbox.stop()));
    await opened.dispose();
  });

  async function openOne(change: Partial<InboxOptions> = {}): Promise<Inbox> {
    const inbox = await openInbox({ events, lanes, log: silent, ...change });
    inboxes.push(inbox);
    return inbox;
  }

  /** What comes until so many have. */
  async function takeAll(inbox: Inbox, many: number): Promise<PipelineEvent[]> {
    const taken: PipelineEvent[] = [];
    await expect.poll(async () => taken.push(...(await inbox.take(100))), WITHIN).toBe(many);
    return taken;
  }

  const stored = async (): Promise<number> => (await events.range({ start: '0', end: ':', limit: 1000 })).length;

  it('gives what was there before and what comes, each once, and tells when there is something', async () => {
    await sendEvents([wakeUp(1)], events);
    const inbox = await openOne();
    expect((await takeAll(inbox, 1))[0]).toMatchObject({ rid: ridOf(1), kind: 'wake' });
    const arrived = new Promise<void>((resolve) => inbox.onArrival(resolve));
    await sendEvents([wakeUp(2)], events);
    await arrived;
    expect((await takeAll(inbox, 1))[0]).toMatchObject({ rid: ridOf(2) });
    expect(await inbox.take(10)).toEqual([]);
  });

  it('gives the oldest first, at most as many as are asked for', async () => {
    const hours = [12, 10, 11].map((hour, index) => wakeUp(index + 1, { at: `2026-03-01T${hour}:00:00.000Z` }));
    await sendEvents(hours, events);
    const inbox = await openOne();
    await new Promise<void>((resolve) => inbox.onArrival(resolve));
    expect((await inbox.take(2)).map(({ rid }) => rid)).toEqual([ridOf(2), ridOf(3)]);
    expect((await inbox.take(2)).map(({ rid }) => rid)).toEqual([ridOf(1)]);
  });

  it('deletes what is done, and gives it to nobody any more', async () => {
    await sendEvents([wakeUp(1), wakeUp(2)], events);
    const inbox = await openOne();
    await inbox.done(await takeAll(inbox, 2));
    expect(await stored()).toBe(0);
    const next = await openOne({ sweepMs: 10 });
    await sendEvents([wakeUp(3)], events);
    expect((await takeAll(next, 1))[0]).toMatchObject({ rid: ridOf(3) });
  });

  it('gives again, to whoever comes next, what was taken by one that was killed before it was done', async () => {
    await sendEvents([wakeUp(1)], events);
    const [first] = await takeAll(await openOne(), 1);
    expect(await takeAll(await openOne(), 1)).toEqual([first]);
  });

  it('gives again what could not be deleted', async () => {
    let isCut = true;
    const cut = faulty(events, {
      before: (method) => {
        if (method === 'write' && isCut) throw broken();
      },
    });
    await sendEvents([wakeUp(1)], events);
    const inbox = await openOne({ events: cut, sweepMs: 10 });
    await expect(inbox.done(await takeAll(inbox, 1))).rejects.toThrow('broken');
    isCut = false;
    await inbox.done(await takeAll(inbox, 1));
    expect(await stored()).toBe(0);
  });

  it('asks again about what was put off, with the next sweep and not before', async () => {
    await sendEvents([wakeUp(1)], events);
    const wakes: (() => void)[] = [];
    const clock = { nowMs: () => 0, sleep: (_: number, signal?: AbortSignal) => untilWoken(wakes, signal) };
    const inbox = await openOne({ clock });
    const putOff = await takeAll(inbox, 1);
    inbox.later(putOff);
    await sendEvents([wakeUp(2)], events);
    expect((await takeAll(inbox, 1))[0]).toMatchObject({ rid: ridOf(2) });
    for (const wake of wakes) wake();
    expect(await takeAll(inbox, 1)).toEqual(putOff);
  });

  it('gives what is in lanes that are held, and what is in others once they are', async () => {
    const [ours, theirs] = [laneOf(ridOf(1)), laneOf(ridOf(2))];
    expect(ours).not.toBe(theirs);
    lanes.lose(...EVERY_LANE.filter((lane) => lane !== ours));
    await sendEvents([wakeUp(1), wakeUp(2)], events);
    const inbox = await openOne({ sweepMs: 10 });
    expect((await takeAll(inbox, 1))[0]).toMatchObject({ rid: ridOf(1) });
    lanes.gain(theirs);
    expect((await takeAll(inbox, 1))[0]).toMatchObject({ rid: ridOf(2) });
  });

  it('forgets what waits in a lane that is lost, and finds it again when it is back', async () => {
    await sendEvents([wakeUp(1)], events);
    const inbox = await openOne();
    await new Promise<void>((resolve) => inbox.onArrival(resolve));
    lanes.lose(...EVERY_LANE);
    expect(await inbox.take(10)).toEqual([]);
    lanes.gain(laneOf(ridOf(1)));
    expect(await takeAll(inbox, 1)).toHaveLength(1);
  });

  it('keeps few in memory however many wait, and gives all of them', async () => {
    const many = 700;
    await sendEvents(
      Array.from({ length: many }, (_, index) => wakeUp(index + 1)),
      events,
    );
    const inbox = await openOne({ room: 50 });
    const rids = new Set<string>();
    while (rids.size < many) {
      await expect.poll(() => inbox.take(1_000).then((some) => some.length > 0 && giveOn(some)), WITHIN).toBe(true);
    }
    expect(await stored()).toBe(0);

    async function giveOn(some: readonly PipelineEvent[]): Promise<boolean> {
      expect(some.length).toBeLessThanOrEqual(50);
      for (const { rid } of some) rids.add(rid);
      await inbox.done(some);
      return true;
    }
  });

  it('goes on when the store fails for a while', async () => {
    let failures = 0;
    const shaky = faulty(events, {
      before: (method) => {
        if (method !== 'range' || failures >= 1) return;
        failures += 1;
        throw broken();
      },
    });
    await sendEvents([wakeUp(1)], events);
    const inbox = await openOne({ events: shaky });
    expect(await takeAll(inbox, 1)).toHaveLength(1);
    expect(failures).toBe(1);
  });
});

onEveryStore('an event that is sent', (open) => {
  let opened: OpenedStore;
  let events: Database;
  beforeEach(async () => {
    opened = await open();
    events = await opened.store.database('events');
  });
  afterEach(() => opened.dispose());

  it('is there once where it brings its id, and each time where it does not', async () => {
    const named = wakeUp(1, { _id: `${ridOf(1)}:ended-${ridOf(2)}` });
    await sendEvents([named, wakeUp(1)], events);
    await sendEvents([named, wakeUp(1)], events);
    expect(await events.range({ start: '0', end: ':', limit: 10 })).toHaveLength(3);
    expect(must(await events.get<PipelineEvent>(`${ridOf(1)}:ended-${ridOf(2)}`))).toMatchObject({ v: 1, at: AT });
  });

  it('is refused when nobody could read it, or it is too large, or its id is that of another registration', async () => {
    const cases = [
      wakeUp(1, { at: 'noon' }),
      wakeUp(1, { body: 'x'.repeat(8_200) } as Partial<EventDraft>),
      wakeUp(1, { _id: `${ridOf(2)}:x` }),
    ];
    for (const draft of cases) await expect(sendEvents([wakeUp(3), draft], events)).rejects.toThrow(RangeError);
    expect(await events.range({ start: '0', end: ':', limit: 10 })).toEqual([]);
  });
});

function untilWoken(wakes: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    wakes.push(resolve);
    signal?.addEventListener('abort', () => resolve());
  });
}

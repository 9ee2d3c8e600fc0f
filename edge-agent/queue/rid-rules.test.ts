import { formatRid, MAX_SEQUENCE } from '@enroute/shared/rid/rid.ts';
import { describe, expect, it } from 'vitest';
import { openStationClock, type StationClock } from '../clock/station-clock.ts';
import { after, beginning, isLater, timeOfRid } from './rid-rules.ts';

const STATION = '1000110077';
const BEGIN = Date.parse('2026-03-01T10:00:00Z');
const DAY_MS = 86_400_000;

describe('the sequence of a station', () => {
  it('counts in a round from 1 to the last number', () => {
    expect([after(0, 1), after(MAX_SEQUENCE, 1), after(1, -1), after(MAX_SEQUENCE - 2, 16)]).toEqual([1, 1, 0, 14]);
  });

  it('begins in the first half of the round when there is no memory of it', () => {
    expect(beginning(0)).toBe(0);
    expect(beginning(0.999_999)).toBe(49_999);
  });

  it('knows which of two numbers is the later one, also where the round ends', () => {
    expect([isLater(2, 1), isLater(1, 1), isLater(1, 2), isLater(5, 99_990), isLater(99_990, 5)]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});

describe('the time in a RID', () => {
  const at = (days: number): Date => new Date(BEGIN + days * DAY_MS);

  it('is not before that of the RID before', () => {
    expect(timeOfRid(at(1), at(0), true)).toEqual(at(1));
    expect(timeOfRid(at(0), at(1), true)).toEqual(at(1));
    expect(timeOfRid(at(0), at(3), false)).toEqual(at(3));
  });

  it('goes back when the one before is known to have been far ahead of the core’s time', () => {
    expect(timeOfRid(at(0), at(1.1), true)).toEqual(at(0));
  });
});

/** Chance that comes the same again for the same seed: whole numbers from 0 up to, not including, `limit`. */
function chanceOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** A desk whose clock is set by people and by a dead battery, and that is set up anew without its memory. */
class Desk {
  readonly #chance: (limit: number) => number;
  #trueMs = BEGIN;
  #wrongMs = 0;
  #sequence = 0;
  #latest: Date | undefined;
  #clock: StationClock = this.#switchOn();
  /** By every installation; only the core remembers. */
  #highest = 0;

  issue(): { sequence: number; at: Date; isCoreTime: boolean } {
    const isCoreTime = this.#clock.offsetMs !== undefined;
    this.#trueMs += this.#chance(4) * 250;
    this.#sequence = after(this.#sequence, 1);
    this.#latest = timeOfRid(this.#clock.now(), this.#latest, isCoreTime);
    if (isLater(this.#sequence, this.#highest)) this.#highest = this.#sequence;
    return { sequence: this.#sequence, at: this.#latest, isCoreTime };
  }

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
  }

  somethingHappens(): void {
    const event = this.#chance(5);
    if (event === 0) this.#wrongMs = (this.#chance(2_001) - 1_000) * DAY_MS;
    if (event === 1) this.#wrongMs = Date.parse('2015-01-01T00:00:00Z') - this.#trueMs;
    if (event === 2) this.#clock.observe(this.#wrongMs);
    if (event === 3) this.#clock = this.#switchOn();
    const heard = this.#clock.offsetMs !== undefined;
    if (event === 4 && heard && isLater(this.#highest, this.#sequence)) this.#sequence = this.#highest;
  }

  setUpAnew(): void {
    this.#sequence = beginning(this.#chance(1_000_000) / 1_000_000);
    this.#latest = undefined;
    this.#wrongMs = Date.parse('2015-01-01T00:00:00Z') - this.#trueMs;
    this.#clock = this.#switchOn();
  }

  #switchOn(): StationClock {
    const clock = openStationClock({
      system: () => new Date(this.#trueMs + this.#wrongMs),
      monotonicMs: () => this.#trueMs,
    });
    if (this.#latest) clock.notBefore(this.#latest);
    return clock;
  }
}

const DESKS = 20;
const RIDS_OF_A_DESK = 10_000;

describe('two hundred thousand RIDs', () => {
  it('are all different, and in order as long as the station remembers, whatever happens to its clock', () => {
    for (let seed = 1; seed <= DESKS; seed += 1) {
      const desk = new Desk(seed);
      const rids = new Set<string>();
      const outOfOrder: string[] = [];
      let before: ReturnType<Desk['issue']> | undefined;
      for (let issued = 1; issued <= RIDS_OF_A_DESK; issued += 1) {
        const next = desk.issue();
        const rid = formatRid(STATION, next.sequence, next.at);
        rids.add(rid);
        const isInOrder = !before || isLater(next.sequence, before.sequence);
        const isInTime = !before || next.isCoreTime || next.at >= before.at;
        if (!isInOrder || !isInTime) outOfOrder.push(rid);
        before = next;
        if (issued % 50 === 0) desk.somethingHappens();
        if (issued !== RIDS_OF_A_DESK / 2) continue;
        desk.setUpAnew();
        before = undefined;
      }
      expect({ seed, outOfOrder, different: rids.size }).toEqual({ seed, outOfOrder: [], different: RIDS_OF_A_DESK });
    }
  });
});

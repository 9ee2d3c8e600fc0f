import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATEST_ANSWER_MS, LONGEST_STAND_MS, openStationClock, STEP_MS, type StationClock } from './station-clock.ts';
import { uptimeMs } from './uptime.ts';

const BEGIN = Date.parse('2026-03-01T10:00:00Z');
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A machine on whose desk a clock stands: true time passes, and people set the clock. */
class Machine {
  trueMs = BEGIN;
  wrongMs: number;

  constructor(wrongMs = 0) {
    this.wrongMs = wrongMs;
  }

  open(): StationClock {
    return openStationClock({
      system: () => new Date(this.trueMs + this.wrongMs),
      monotonicMs: () => this.trueMs - BEGIN,
    });
  }

  pass(ms: number): void {
    this.trueMs += ms;
  }

  /** The core's answer, which was on its way for so long. */
  heard(clock: StationClock, delayMs = 0): void {
    const coreMs = this.trueMs;
    this.pass(delayMs);
    clock.observe(this.trueMs + this.wrongMs - coreMs);
  }
}

const errorMs = (machine: Machine, clock: StationClock): number => clock.now().getTime() - machine.trueMs;

describe('the time of a station that has not heard the core', () => {
  it('is what its clock says', () => {
    const machine = new Machine(3 * DAY_MS);
    const clock = machine.open();
    machine.pass(HOUR_MS);
    expect(errorMs(machine, clock)).toBe(3 * DAY_MS);
    expect(clock.offsetMs).toBeUndefined();
  });

  it('is not before the latest time that was, with the time that has passed since, when a battery is dead', () => {
    const machine = new Machine(Date.parse('2015-01-01T00:00:00Z') - BEGIN);
    const clock = machine.open();
    clock.notBefore(new Date(BEGIN - HOUR_MS));
    machine.pass(MINUTE_MS);
    expect(clock.now()).toEqual(new Date(BEGIN - HOUR_MS + MINUTE_MS));
  });

  it('follows a clock that is set right, and not one that is set back', () => {
    const machine = new Machine(-3 * DAY_MS);
    const clock = machine.open();
    clock.notBefore(new Date(BEGIN - DAY_MS));
    machine.wrongMs = 0;
    expect(errorMs(machine, clock)).toBe(0);
    machine.wrongMs = -DAY_MS;
    machine.pass(HOUR_MS);
    expect(errorMs(machine, clock)).toBe(0);
  });
});

describe('the time of a station that has heard the core', () => {
  it.each([3 * DAY_MS, -3 * DAY_MS])('is the core’s, whatever its clock says (%i ms)', (wrongMs) => {
    const machine = new Machine(wrongMs);
    const clock = machine.open();
    clock.now();
    machine.heard(clock);
    expect(errorMs(machine, clock)).toBe(0);
    machine.pass(DAY_MS);
    expect(errorMs(machine, clock)).toBe(0);
    expect(clock.offsetMs).toBe(wrongMs);
  });

  it('does not jump when somebody sets the clock, and the difference follows', () => {
    const machine = new Machine();
    const clock = machine.open();
    machine.heard(clock);
    machine.wrongMs = -3 * DAY_MS;
    machine.pass(MINUTE_MS);
    expect(errorMs(machine, clock)).toBe(0);
    expect(clock.offsetMs).toBe(-3 * DAY_MS);
  });

  it('stands still for a small lead, and goes back for a large one', () => {
    const machine = new Machine(MINUTE_MS);
    const clock = machine.open();
    const before = clock.now();
    machine.heard(clock);
    expect(clock.now()).toEqual(before);
    machine.pass(2 * MINUTE_MS);
    expect(errorMs(machine, clock)).toBe(0);
  });

  it('does not follow every answer that was late, and believes the quickest', () => {
    const machine = new Machine();
    const clock = machine.open();
    machine.heard(clock, 20 * SECOND_MS);
    expect(errorMs(machine, clock)).toBe(-20 * SECOND_MS);
    machine.heard(clock, SECOND_MS);
    machine.heard(clock, 25 * SECOND_MS);
    expect(errorMs(machine, clock)).toBe(-SECOND_MS);
  });

  it('is no more held to what was thought before', () => {
    const machine = new Machine();
    const clock = machine.open();
    machine.heard(clock);
    clock.notBefore(new Date(BEGIN + DAY_MS));
    expect(errorMs(machine, clock)).toBe(0);
  });

  it('says since when the clock has been wrong, until it is set right', () => {
    const machine = new Machine(HOUR_MS);
    const clock = machine.open();
    expect(clock.wrongSince).toBeUndefined();
    machine.heard(clock);
    machine.pass(DAY_MS);
    expect(clock.wrongSince).toEqual(new Date(BEGIN));
    machine.wrongMs = MINUTE_MS;
    expect(clock.wrongSince).toBeUndefined();
  });
});

const steps = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2 * DAY_MS }) }),
    fc.record({ what: fc.constant('set' as const), ms: fc.integer({ min: -5_000 * DAY_MS, max: 5_000 * DAY_MS }) }),
    // A clock that goes wrong a little at a time.
    fc.record({ what: fc.constant('drift' as const), ms: fc.integer({ min: -1_000, max: 1_000 }) }),
    fc.record({ what: fc.constant('heard' as const), ms: fc.integer({ min: 0, max: LATEST_ANSWER_MS }) }),
    fc.record({ what: fc.constant('restart' as const), ms: fc.constant(0) }),
  ),
  { maxLength: 60 },
);

describe('whatever people do to the clock', () => {
  it('the time never goes back but at a measurement, and is near the truth once it was measured', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000 * DAY_MS, max: 5_000 * DAY_MS }), steps, (wrongMs, all) => {
        const machine = new Machine(wrongMs);
        let clock = machine.open();
        let before = clock.now();
        let heard = false;
        let sinceMs = 0;
        for (const { what, ms } of all) {
          if (what === 'pass') machine.pass(ms);
          if (what === 'set') machine.wrongMs = ms;
          if (what === 'drift') machine.wrongMs += ms;
          // Little faults add up until the core is heard again.
          if (what === 'set' || what === 'drift') sinceMs += STEP_MS;
          if (what === 'heard') {
            machine.heard(clock, ms);
            heard = true;
            sinceMs = 0;
          }
          const now = clock.now();
          // Only a measurement may set it back.
          if (what !== 'heard') expect(now.getTime()).toBeGreaterThanOrEqual(before.getTime());
          const bound = LATEST_ANSWER_MS + LONGEST_STAND_MS + sinceMs;
          if (heard) expect(Math.abs(now.getTime() - machine.trueMs)).toBeLessThanOrEqual(bound);
          before = now;
          if (what !== 'restart') continue;
          // It is switched off and on again; what it knew last lies on the disk.
          clock = machine.open();
          clock.notBefore(now);
          heard = false;
          before = clock.now();
          expect(before.getTime()).toBeGreaterThanOrEqual(now.getTime());
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the time that has passed since the machine was started', () => {
  it('counts up in milliseconds', async () => {
    const before = uptimeMs();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(uptimeMs() - before).toBeGreaterThanOrEqual(30);
    expect(uptimeMs() - before).toBeLessThan(5_000);
  });
});

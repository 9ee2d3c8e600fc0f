/**
 * The chaos, and the calm after it. Stations and the core are processes that are killed again and again, each station
 * over a link of its own that fails in every way; then nobody is killed any more, the links are good, and everything has to come
 * to its end.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MischievousProxy, startMischievousProxy } from '../simulation/link/mischievous-proxy.ts';
import { openTcpLink, type TcpLink } from '../simulation/link/tcp-link.ts';
import { rngOf } from '../simulation/people/rng.ts';
import { type Acknowledged, lackingIn, readAcknowledged } from './acknowledged.ts';
import { type AskedProcess, startAsked } from './asked.ts';
import type { Country } from './country.ts';
import { CORE_KILLS_AT_MS, type StationPlan } from './plan.ts';
import { COMPRESSION, PACKETS, SECONDS, SEED } from './settings.ts';
import type { StationRole } from './station-role.ts';

/** People come in the first part of the time. */
const DESK_OPEN = 0.6;
const STARTED_AT_ONCE = 2;
/** A machine that was switched off is on again within this; emulated. */
const LONGEST_OFF_MS = 5_000;
const CALM_MS = 60_000 + PACKETS * 1_000;
const LOOK_EVERY_MS = 500;
/** Names the people who come. */
const POPULATION = rngOf(SEED, 'population').below(1_000_000);

const TIMING = {
  retryBaseMs: 1_000 / COMPRESSION,
  retryCapMs: 30_000 / COMPRESSION,
  pollMs: 50_000 / COMPRESSION,
  stallMs: 30_000 / COMPRESSION,
  heartbeatMs: 10_000 / COMPRESSION,
};

export interface Course {
  /** What must not have happened. */
  readonly violations: readonly string[];
  readonly stationKills: number;
  readonly coreKills: number;
  readonly cuts: number;
  /** Packets of which the core has acknowledged bytes, and how many bytes. */
  readonly acknowledged: { readonly packets: number; readonly bytes: number };
  readonly calmMs: number;
}

/** @returns when all packets have ended, or the calm has lasted too long. All processes are dead then. */
export async function runChaos(country: Country, plans: readonly StationPlan[]): Promise<Course> {
  const course = new ChaosCourse(country, plans);
  try {
    await course.begin();
    await course.chaos();
    return await course.calm();
  } finally {
    await course.end();
  }
}

class ChaosCourse {
  readonly #country: Country;
  readonly #plans: readonly StationPlan[];
  readonly #violations: string[] = [];
  readonly #starts = new Map<number, number>();
  readonly #stations = new Map<number, AskedProcess>();
  readonly #links = new Map<number, TcpLink>();
  readonly #proxies: MischievousProxy[] = [];
  #core: AskedProcess | undefined;
  #coreKills = 0;
  #stationKills = 0;
  #begunMs = 0;

  constructor(country: Country, plans: readonly StationPlan[]) {
    this.#country = country;
    this.#plans = plans;
  }

  async begin(): Promise<void> {
    this.#startCore();
    await this.#core?.ready;
    for (const plan of this.#plans) this.#links.set(plan.index, await this.#openLink(plan));
    await this.#startStations();
  }

  async chaos(): Promise<void> {
    this.#begunMs = performance.now();
    for (const { index, cuts } of this.#plans) this.#links.get(index)?.follow(cuts);
    await Promise.all([
      this.#killCoreAgainAndAgain(),
      ...this.#plans.flatMap((plan) => [this.#killAgainAndAgain(plan), this.#putBehindPortal(plan)]),
      this.#until(SECONDS * 1_000),
    ]);
  }

  async calm(): Promise<Course> {
    const cuts = this.#plans.reduce((sum, { index }) => sum + (this.#links.get(index)?.cuts ?? 0), 0);
    for (const station of this.#stations.values()) await station.kill();
    await this.#killCore();
    await this.#stopLinks();
    const begunMs = performance.now();
    this.#startCore();
    await this.#core?.ready;
    await this.#startStations();
    for (;;) {
      const calmMs = performance.now() - begunMs;
      const ended = await this.#countEnded();
      if (ended >= PACKETS || calmMs > CALM_MS) {
        if (ended < PACKETS) this.#violations.push(`${ended} of ${PACKETS} packets had ended after the calm`);
        await this.#killCore();
        return {
          violations: this.#violations,
          stationKills: this.#stationKills,
          coreKills: this.#coreKills,
          cuts,
          acknowledged: totalOf(this.#acknowledged()),
          calmMs: Math.round(calmMs),
        };
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#stations.values()].map((station) => station.kill()));
    await this.#core?.kill();
    await this.#stopLinks();
  }

  get #coreUrl(): URL {
    return new URL(`http://127.0.0.1:${this.#country.port}/`);
  }

  #startCore(): void {
    this.#core = startAsked({
      program: join(import.meta.dirname, 'core-process.ts'),
      args: [this.#country.coreFolder, String(this.#country.port)],
      outputPath: join(this.#country.outputFolder, 'core.txt'),
      onCrash: (how) => this.#violations.push(how),
    });
  }

  /** And looks whether it has every byte that it ever told to be durable. */
  async #killCore(): Promise<void> {
    await this.#core?.kill();
    this.#violations.push(...lackingIn(this.#country.coreFolder, this.#acknowledged()));
  }

  #acknowledged(): Acknowledged[] {
    const { stationFolder } = this.#country;
    return this.#plans.flatMap(({ index }) => readAcknowledged(join(stationFolder(index), 'acknowledged.log')));
  }

  #startStation(plan: StationPlan): AskedProcess {
    const { index, station, people } = plan;
    const start = (this.#starts.get(index) ?? 0) + 1;
    this.#starts.set(index, start);
    const role: StationRole = {
      folder: this.#country.stationFolder(index),
      gatewayUrl: this.#links.get(index)?.url ?? this.#coreUrl.href,
      station,
      population: POPULATION,
      people,
      everyMs: (DESK_OPEN * SECONDS * 1_000) / COMPRESSION / Math.max(1, people.length),
      clockWrongMs: plan.clockWrongMs(start),
      timing: TIMING,
    };
    const process = startAsked({
      program: join(import.meta.dirname, 'station-process.ts'),
      args: [JSON.stringify(role)],
      outputPath: join(this.#country.outputFolder, `station-${index}.txt`),
      onCrash: (how) => this.#violations.push(how),
    });
    this.#stations.set(index, process);
    return process;
  }

  /** A few at a time: each takes a processor for a second. */
  async #startStations(): Promise<void> {
    const waiting = [...this.#plans];
    const startNext = async (): Promise<void> => {
      for (let plan = waiting.shift(); plan; plan = waiting.shift()) await this.#startStation(plan).ready;
    };
    await Promise.all(Array.from({ length: STARTED_AT_ONCE }, startNext));
  }

  async #openLink({ link, mischief }: StationPlan): Promise<TcpLink> {
    if (!mischief) return openTcpLink({ ...link, target: this.#coreUrl });
    const proxy = await startMischievousProxy({ ...mischief, target: this.#coreUrl });
    this.#proxies.push(proxy);
    return openTcpLink({ ...link, target: new URL(proxy.url) });
  }

  async #stopLinks(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
    this.#links.clear();
  }

  async #killCoreAgainAndAgain(): Promise<void> {
    const rng = rngOf(SEED, 'core off');
    for (const atMs of CORE_KILLS_AT_MS) {
      await this.#until(atMs);
      await this.#killCore();
      this.#coreKills += 1;
      await sleep(rng.below(LONGEST_OFF_MS) / COMPRESSION);
      this.#startCore();
    }
  }

  async #killAgainAndAgain(plan: StationPlan): Promise<void> {
    const rng = rngOf(SEED, 'station off', plan.index);
    for (const atMs of plan.killsAtMs) {
      await this.#until(atMs);
      await this.#stations.get(plan.index)?.kill();
      this.#stationKills += 1;
      await sleep(rng.below(LONGEST_OFF_MS) / COMPRESSION);
      this.#startStation(plan);
    }
  }

  async #putBehindPortal({ index, portal }: StationPlan): Promise<void> {
    for (const { fromMs, toMs } of portal) {
      await this.#until(fromMs);
      await this.#links.get(index)?.setPortal(true);
      await this.#until(toMs);
      await this.#links.get(index)?.setPortal(false);
    }
  }

  /** @param atMs emulated, from the beginning of the chaos */
  async #until(atMs: number): Promise<void> {
    await sleep(Math.max(0, this.#begunMs + atMs / COMPRESSION - performance.now()));
  }

  async #countEnded(): Promise<number> {
    const counts = await Promise.all(
      [...this.#stations.values()].map((station) => station.ask('ended').catch(() => 0)),
    );
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }
}

function totalOf(told: readonly Acknowledged[]): Course['acknowledged'] {
  return { packets: told.length, bytes: told.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** The latest census and check of the conservation law as Prometheus sees them, at any process that answers it. */
import { Gauge, type Registry } from 'prom-client';
import type { Census } from '../../ops/census/census.ts';
import { type KeptConservation, readCensus, readConservation } from '../../ops/census/kept-census.ts';
import type { Database } from '../../store/store.ts';

interface Found {
  readonly census: Census | undefined;
  readonly conservation: KeptConservation | undefined;
}

const SECOND_MS = 1_000;
/** The gauges of one answer are filled from one look. */
const LOOK_GOOD_FOR_MS = 1_000;

export function measureCensus(registry: Registry, checkpoints: Database, now: () => Date): void {
  const found = lookups(checkpoints);
  const sinceS = (time: string): number => (now().getTime() - Date.parse(time)) / SECOND_MS;
  /** @param values those of each label's value; '' where there is no label */
  const gauge = (name: string, help: string, label: string, values: (found: Found) => Record<string, number>): void => {
    new Gauge({
      name,
      help,
      labelNames: label ? [label] : [],
      registers: [registry],
      async collect() {
        const current = values(await found());
        this.reset();
        for (const [of, value] of Object.entries(current)) this.set(label ? { [label]: of } : {}, value);
      },
    });
  };
  const counts = (heaps: Census['stages'] = {}): Record<string, number> =>
    Object.fromEntries(Object.entries(heaps).map(([name, { count }]) => [name, count]));
  const ages = (heaps: Census['stages'] = {}): Record<string, number> =>
    Object.fromEntries(Object.entries(heaps).map(([name, { oldest }]) => [name, oldest ? sinceS(oldest) : 0]));
  const one = (value: number | undefined): Record<string, number> => (value === undefined ? {} : { '': value });

  gauge('enroute_registrations', 'Registrations by state.', 'state', ({ census }) => ({ ...census?.states }));
  gauge('enroute_stage_depth', 'Registrations that wait for a stage.', 'stage', ({ census }) => counts(census?.stages));
  gauge('enroute_stage_oldest_seconds', 'Since the oldest of them came there.', 'stage', ({ census }) =>
    ages(census?.stages),
  );
  gauge('enroute_parked', 'Registrations that wait for an event.', 'reason', ({ census }) => counts(census?.parked));
  gauge('enroute_dead_letters', 'Registrations that somebody must look at.', 'stage_and_code', ({ census }) => ({
    ...census?.deadLetters,
  }));
  gauge('enroute_stuck', 'Registrations that have not moved for far longer than others take.', '', ({ census }) =>
    one(census?.stuck.count),
  );
  gauge(
    'enroute_backlog_oldest_seconds',
    'Since the one that has not moved for longest came where it is.',
    '',
    ({ census }) => one(census && (census.backlog.oldest ? sinceS(census.backlog.oldest) : 0)),
  );
  gauge('enroute_census_age_seconds', 'Since the census was taken.', '', ({ census }) =>
    one(census && sinceS(census.at)),
  );
  gauge('enroute_conservation_violations', 'What the conservation law was found to miss.', '', ({ conservation }) =>
    one(conservation?.violations.length),
  );
}

function lookups(checkpoints: Database): () => Promise<Found> {
  let latest: Promise<Found> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (latest && performance.now() - lookedAtMs < LOOK_GOOD_FOR_MS) return latest;
    lookedAtMs = performance.now();
    // Without the store the process's own numbers are still worth telling.
    latest = Promise.all([readCensus(checkpoints), readConservation(checkpoints)]).then(
      ([census, conservation]) => ({ census, conservation }),
      () => ({ census: undefined, conservation: undefined }),
    );
    return latest;
  };
}

/** What the tests of stages stand on: real packets of invented people in a real vault, and one stage at a time. */

import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import type { Doc, Stored } from '../../store/store.ts';
import type { Outcome } from '../outcome.ts';
import { loadPackets } from '../packet-loader.ts';
import {
  type ArrivalOptions,
  type EnrolmentOptions,
  enrolmentOf,
  must,
  NOW,
  openTestCore,
  STATION,
  type TestCore,
} from '../pipeline.fixture.ts';
import type { EffectStage, PureStage, Work } from '../stage.ts';

const COMPLETED = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
export const REJECTED = { state: 'REJECTED', code: 'ENR-DDP-001' } as const;
export const NEXT: Outcome = { kind: 'next' };

export interface StageBench {
  readonly core: TestCore;
  /** The number of the person of this test; another one in the next. */
  readonly person: number;
  /** Someone else from here on. */
  nextPerson(): number;
  arrival(options?: EnrolmentOptions, arrival?: ArrivalOptions): Promise<StoredRegistration>;
  workOf(registration: StoredRegistration, verdict?: Work['verdict']): Promise<Work>;
  decide(stage: PureStage, registration: StoredRegistration): Promise<Outcome>;
  perform(stage: EffectStage, registrations: readonly StoredRegistration[], now?: Date): Promise<Outcome[]>;
  downDoc<T extends Doc>(id: string, station?: string): Promise<Stored<T>>;
}

/** Opens a core for the tests of a file. */
export function stageBench(): StageBench {
  let core: TestCore | undefined;
  let person = 1000;
  beforeAll(async () => {
    core = await openTestCore();
  });
  afterAll(() => core?.dispose());
  beforeEach(() => {
    person += 1;
  });

  const bench: StageBench = {
    get core() {
      return must(core);
    },
    get person() {
      return person;
    },
    nextPerson: () => {
      person += 1;
      return person;
    },
    arrival: (options = {}, arrival = {}) => bench.core.arrive({ enrolment: enrolmentOf(person, options), ...arrival }),
    workOf: async (registration, verdict = COMPLETED) => ({
      registration,
      verdict,
      packets: await loadPackets(registration, bench.core.vault, bench.core.keyFor),
    }),
    decide: async (stage, registration) => stage.decide(await bench.workOf(registration), NOW),
    perform: async (stage, registrations, now = NOW) =>
      stage.perform(await Promise.all(registrations.map((registration) => bench.workOf(registration))), now),
    downDoc: async <T extends Doc>(id: string, station = STATION) =>
      must(await (await bench.core.databases.channel(station)).get<T>(id)),
  };
  return bench;
}

/** As it went down, without what the store adds. */
export function body<T extends object>({ _id, _rev, ...rest }: Stored<Doc & T>): Omit<Stored<Doc & T>, '_id' | '_rev'> {
  return rest;
}

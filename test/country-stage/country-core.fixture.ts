/** A core at work with the country's files beside it: its engine, its flows, and the door for later answers. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '@enroute/core/config/read-config.ts';
import type { StoredRegistration } from '@enroute/core/databases.ts';
import { openTestGateway } from '@enroute/core/gateway/gateway.fixture.ts';
import { stageAnswersOf } from '@enroute/core/gateway/stages/stage-answers.ts';
import { openCountry } from '@enroute/core/pipeline/country/open-country.ts';
import { engineParts, type TestInbox } from '@enroute/core/pipeline/engine.fixture.ts';
import { startEngine } from '@enroute/core/pipeline/engine.ts';
import type { PipelineEvent } from '@enroute/core/pipeline/events/event.ts';
import { enrolmentOf, openTestCore, silent, type TestCore } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { loadShippedFlows } from '@enroute/core/pipeline/shipped-flows.ts';
import { onTestFinished, vi } from 'vitest';
import { SECRET } from './id-system.fixture.ts';

export const COUNTRY = join(import.meta.dirname, 'country');

export interface CountryCore {
  /** Where services send what they owe. */
  readonly gateway: string;
  readonly core: TestCore;
  /** Somebody born on that day is enrolled, and the packet is here. @returns the RID */
  arrive(dateOfBirth: string): Promise<string>;
  /** Resolves with the registration once it is in that state. */
  reaches(rid: string, state: StoredRegistration['state']): Promise<StoredRegistration>;
  /** Hands what came through the door on to the engine. */
  deliver(): Promise<number>;
  /** From now on the worker is at work. */
  work(): Promise<void>;
}

/** @param port where the country's ID system listens */
export async function openCountryCore(port: number): Promise<CountryCore> {
  const text = await readFile(join(COUNTRY, 'core.yaml'), 'utf8');
  const { pipeline } = parseConfig(text.replace('127.0.0.1:8900', `127.0.0.1:${port}`), join(COUNTRY, 'core.yaml'));
  const core = await openTestCore();
  const now = (): Date => new Date();
  const settings = { ...pipeline, flowFiles: pipeline.flows, secrets: new Map([['civil-register', SECRET]]) };
  const country = await openCountry(settings, core, now, silent);
  const flows = loadShippedFlows(core.databases, core.keys, core.register.card, undefined, country);
  const parts = { ...engineParts(), random: () => 0.001 };

  const stages = stageAnswersOf(country, core.databases, now);
  const gateway = await openTestGateway({ now, door: { stages } });
  let stopWork = async (): Promise<void> => {};
  onTestFinished(async () => {
    await stopWork();
    await country.stop();
    await core.dispose();
  });
  let person = randomBytes(2).readUInt16BE();
  return {
    gateway: gateway.url,
    core,
    arrive: async (dateOfBirth) => {
      person += 1;
      const enrolment = enrolmentOf(person);
      const identity = { ...enrolment.identity, dateOfBirth };
      return (await core.arrive({ enrolment: { ...enrolment, identity } }))._id;
    },
    reaches: (rid, state) =>
      vi.waitFor(
        async () => {
          const registration = await core.get(rid);
          if (registration.state === state) return registration;
          throw new Error(`${registration.state} at ${registration.stage}, not ${state}`);
        },
        { timeout: 15_000, interval: 20 },
      ),
    deliver: () => handOn(core, parts.inbox),
    work: async () => {
      const engine = await startEngine({
        ...parts,
        registrations: core.databases.registrations,
        vault: core.vault,
        keyFor: core.keyFor,
        flowOf: flows.flowOf,
        batchSize: 10,
        window: 100,
      });
      stopWork = () => engine.stop();
    },
  };
}

async function handOn({ databases }: TestCore, inbox: TestInbox): Promise<number> {
  const events = await databases.events.range<PipelineEvent>({ start: '0', end: ':', limit: 100 });
  inbox.send(events.map(({ _rev: _, ...event }) => event));
  return events.length;
}

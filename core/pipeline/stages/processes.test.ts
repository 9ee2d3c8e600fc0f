import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import { openResult, type Result } from '@enroute/shared/schemas/result.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import type { IdentityDoc } from '../../identity/identity-records.ts';
import type { Doc } from '../../store/store.ts';
import { advance, enterFlow, expire } from '../advance.ts';
import { applyEvent, ended } from '../events/apply-event.ts';
import { type EventDraft, eventSchema, type PipelineEvent } from '../events/event.ts';
import type { Flows, LoadedFlow } from '../flow/flow.ts';
import { type EnrolmentOptions, enrolmentOf, must, NOW, put } from '../pipeline.fixture.ts';
import { loadShippedFlows } from '../shipped-flows.ts';
import { body, stageBench } from './stages.fixture.ts';

const bench = stageBench();
const PERSON_DECIDES = 'decision';

let flows: Flows;
beforeAll(() => {
  const { databases, keys, register } = bench.core;
  flows = loadShippedFlows(databases, keys, register.card);
});

const flowOf = (registration: StoredRegistration): LoadedFlow => must(flows.flowOf(registration));
const save = (registration: StoredRegistration) => put(bench.core.databases.registrations, registration);

/** As far as it goes by itself, stage by stage, as the flow says. */
async function run(registration: StoredRegistration): Promise<StoredRegistration> {
  const flow = flowOf(registration);
  let now = registration.state === 'RECEIVED' ? enterFlow(registration, flow, NOW) : registration;
  while (now.state === 'IN_FLOW') {
    const stage = flow.stage(must(now.stage));
    const work = await bench.workOf(now, now.verdict ?? flow.success);
    const [outcome] = stage.kind === 'pure' ? [stage.decide(work, NOW)] : await stage.perform([work], NOW);
    now = advance(now, must(outcome), flow, NOW, 0);
  }
  return save(now);
}

async function arrive(process: Process, options: EnrolmentOptions = {}): Promise<StoredRegistration> {
  return run(await bench.arrival(options, { process }));
}

function eventOf(draft: EventDraft): PipelineEvent {
  return eventSchema.parse({ ...draft, v: 1, _id: draft._id ?? `${draft.rid}:test` });
}

/** What its worker would do with what has come for it. */
async function tell(registration: StoredRegistration, event: PipelineEvent): Promise<StoredRegistration> {
  const applied = applyEvent(registration, event, flowOf(registration), NOW);
  if (applied.kind !== 'changed') throw new Error(`It was ${applied.kind}.`);
  return run(await save(applied.registration));
}

/** As a person decides through the console or the command line. */
function decide({ _id: rid }: StoredRegistration, accept?: string): PipelineEvent {
  const act = { do: 'decide', ...(accept === undefined ? {} : { accept }) } as const;
  return eventOf({ kind: 'act', rid, at: NOW.toISOString(), by: 'amina', act });
}

/** Of somebody who gives a number, which a person has found to be theirs. */
async function known(process: Process, options: EnrolmentOptions): Promise<StoredRegistration> {
  const asked = await arrive(process, options);
  expect(asked).toMatchObject({ state: 'PARKED', parked: { reason: PERSON_DECIDES } });
  return tell(asked, decide(asked, asked._id));
}

/** The number as the station is told it. */
async function numberOf({ _id }: StoredRegistration): Promise<string> {
  const result = await bench.downDoc<Doc & Result>(`result:${_id}`);
  const { stationSealing, keys } = bench.core;
  return must(openResult(body(result) as Result, stationSealing, publicKeyOf(keys.signing))).uin;
}

describe('the processes, each through its whole flow', () => {
  test('a person gets a number, changes their data, loses the number and gets it back', async () => {
    const created = await arrive('NEW');
    expect(created).toMatchObject({ state: 'COMPLETED', verdict: { code: 'ENR-OUT-001' } });
    const uin = await numberOf(created);

    const updated = await known('UPDATE', { change: { identity: { UIN: uin, phone: '0600000000' } } });
    expect(updated).toMatchObject({ state: 'COMPLETED', verdict: { code: 'ENR-OUT-003' } });
    expect(await numberOf(updated)).toBe(`******${uin.slice(-4)}`);

    const lost = await arrive('LOST');
    expect(lost).toMatchObject({
      state: 'PARKED',
      parked: { reason: PERSON_DECIDES },
      facts: { candidates: [created._id] },
    });
    const found = await tell(lost, decide(lost, created._id));
    expect(found).toMatchObject({ state: 'COMPLETED', verdict: { code: 'ENR-OUT-004' } });
    expect(await numberOf(found)).toBe(uin);
  });

  test('a change by the resident needs no captures', async () => {
    const uin = await numberOf(await arrive('NEW'));
    const change = { identity: { UIN: uin, city: 'Fes' }, biometrics: [] };
    expect(await arrive('RES_UPDATE', { change })).toMatchObject({
      state: 'COMPLETED',
      verdict: { code: 'ENR-OUT-003' },
    });
  });

  test('a number that is deactivated is changed no more until it is activated', async () => {
    const uin = await numberOf(await arrive('NEW'));
    const given = { change: { identity: { UIN: uin } } };
    const moved = { change: { identity: { UIN: uin, city: 'Fes' } } };
    expect(await known('DEACTIVATE', given)).toMatchObject({ verdict: { state: 'COMPLETED', code: 'ENR-OUT-006' } });
    expect(await known('DEACTIVATE', given)).toMatchObject({ verdict: { state: 'REJECTED', code: 'ENR-IDN-004' } });
    expect(await known('UPDATE', moved)).toMatchObject({ verdict: { state: 'REJECTED', code: 'ENR-IDN-002' } });
    expect(await known('ACTIVATE', given)).toMatchObject({ verdict: { state: 'COMPLETED', code: 'ENR-OUT-005' } });
    expect(await known('UPDATE', moved)).toMatchObject({ verdict: { state: 'COMPLETED', code: 'ENR-OUT-003' } });
  });

  test('a number that is read off the card of somebody else changes nothing of theirs', async () => {
    const created = await arrive('NEW');
    const uin = await numberOf(created);
    for (const process of ['UPDATE', 'DEACTIVATE'] as const) {
      const asked = await arrive(process, { change: { identity: { UIN: uin } } });
      expect(asked.facts.candidates).toEqual([created._id]);
      const refused = await tell(asked, decide(asked));
      expect(refused).toMatchObject({ state: 'REJECTED', verdict: { code: 'ENR-IDN-007' } });
      expect(await bench.core.sent(`result:${asked._id}`)).toEqual([]);
    }
    const record = must(await bench.core.databases.identities.get<IdentityDoc>(uin));
    expect(record.acts).toBeUndefined();
  });

  test('of several who were found for a lost number, one is accepted, or nobody', async () => {
    const inEnglish = await arrive('NEW', { languages: ['eng'] });
    const inFrench = await arrive('NEW', { languages: ['fra'] });
    const both = { languages: ['eng', 'fra'] };
    const lost = await arrive('LOST', both);
    expect(lost.facts.candidates).toEqual([inEnglish._id, inFrench._id]);
    const found = await tell(lost, decide(lost, inFrench._id));
    expect(found).toMatchObject({ state: 'COMPLETED', verdict: { code: 'ENR-OUT-004' } });
    expect(await numberOf(found)).toBe(await numberOf(inFrench));

    const again = await arrive('LOST', both);
    const nobody = await tell(again, decide(again));
    expect(nobody).toMatchObject({ state: 'REJECTED', verdict: { code: 'ENR-LST-003' } });
    expect(await bench.core.sent(`result:${again._id}`)).toEqual([]);
  });

  test('an order to stop that meets the change of a record: the station is told that it was changed', async () => {
    const uin = await numberOf(await arrive('NEW'));
    const asked = await arrive('UPDATE', { change: { identity: { UIN: uin, city: 'Fes' } } });
    const flow = flowOf(asked);
    // What was begun before the order came is written after it.
    const work = await bench.workOf(asked);
    const stage = flow.stage('change-identity');
    if (stage.kind === 'effect') await stage.perform([work], NOW);
    const at = NOW.toISOString();
    const act = { do: 'stop', code: 'ENR-FLW-002' } as const;
    const stopped = await tell(asked, eventOf({ kind: 'act', rid: asked._id, at, by: 'amina', act }));
    expect(stopped).toMatchObject({ state: 'COMPLETED', verdict: { state: 'COMPLETED', code: 'ENR-OUT-003' } });
    expect(await bench.downDoc(`receipt:${asked._id}:OUTCOME`)).toMatchObject({ outcome: 'COMPLETED' });
  });

  test('a lost number that nobody has, and a decision that does not come, end as such', async () => {
    const { identity } = enrolmentOf(bench.nextPerson());
    const nobody = await arrive('LOST', { change: { identity } });
    expect(nobody).toMatchObject({ verdict: { state: 'REJECTED', code: 'ENR-LST-001' } });

    await arrive('NEW', { change: { identity } });
    const lost = await arrive('LOST', { change: { identity } });
    const undecided = await run(await save(expire(lost, flowOf(lost), NOW)));
    expect(undecided).toMatchObject({ state: 'REJECTED', verdict: { code: 'ENR-LST-002' } });
  });

  test('W16: a child waits while the registration of the introducer is held, and goes on when that one has ended', async () => {
    const pause = { rule: 'audit', after: 'resume' } as const;
    const parked = { reason: 'paused', until: NOW.toISOString(), pause } as const;
    const introducer = await bench.arrival({}, { change: { state: 'IN_FLOW', stage: 'receive' } });
    const held = await save({ ...introducer, state: 'PARKED', stage: 'receive', parked });

    const { identity, documents } = enrolmentOf(bench.nextPerson());
    const child = await arrive('NEW', {
      change: {
        identity: { ...identity, dateOfBirth: '2021/01/02', introducerRID: introducer._id },
        documents: documents.map((document) => ({ ...document, category: 'POR' })),
      },
    });
    expect(child).toMatchObject({ state: 'PARKED', parked: { reason: 'introducer', key: introducer._id } });

    const watchId = `${introducer._id}:watch-${child._id}`;
    const watch = eventSchema.parse(await bench.core.databases.events.get(watchId));
    const asked = applyEvent(held, watch, flowOf(held), NOW);
    if (asked.kind !== 'changed') throw new Error(asked.kind);
    expect(asked.registration.watchers).toEqual([child._id]);

    const over = await run(await save(expire(asked.registration, flowOf(held), NOW)));
    if (!isTerminal(over.state)) throw new Error(over.state);
    const grown = await tell(child, eventOf(ended(child._id, over._id, over.state, NOW)));
    expect(grown).toMatchObject({ state: 'COMPLETED', facts: { ageGroup: 'INFANT', introducer: true } });
  });

  test('W16: a child whose introducer has ended without telling it is not refused when the time of its wait is over', async () => {
    const introducer = await bench.arrival();
    const { identity, documents } = enrolmentOf(bench.nextPerson());
    const child = await arrive('NEW', {
      change: {
        identity: { ...identity, dateOfBirth: '2021/01/02', introducerRID: introducer._id },
        documents: documents.map((document) => ({ ...document, category: 'POR' })),
      },
    });
    expect(child).toMatchObject({ state: 'PARKED', parked: { reason: 'introducer', key: introducer._id } });
    expect(await run(introducer)).toMatchObject({ state: 'COMPLETED' });
    const late = await run(await save(expire(child, flowOf(child), NOW)));
    expect(late).toMatchObject({ state: 'COMPLETED', verdict: { code: 'ENR-OUT-001' } });
  });
});

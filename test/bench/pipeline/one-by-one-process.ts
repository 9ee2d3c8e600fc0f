/**
 * The same stages as a watcher of changes runs them that takes one document after the other, as the Community Health
 * Toolkit's sentinel does: each change is looked up, run through every stage with a save after each, and its place in the
 * feed kept before the next. Arguments: a place, a backlog.
 */

import type { StoredRegistration } from '@enroute/core/databases.ts';
import { sealingKeyFor } from '@enroute/core/keys.ts';
import { advance, enterFlow, stageOf } from '@enroute/core/pipeline/advance.ts';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { loadPackets } from '@enroute/core/pipeline/packet-loader.ts';
import { runStage } from '@enroute/core/pipeline/run-stage.ts';
import type { Doc } from '@enroute/core/store/store.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import { backlogSchema, ridsOf } from '@enroute/test/simulation/backlog/backlog.ts';
import { clock, openPlace, placeOfArguments } from '@enroute/test/simulation/backlog/place.ts';
import { pino } from 'pino';

const DEADLINE_MS = 60_000;
const FEED_PAGE = 100;
interface PlaceDoc extends Doc {
  readonly seq: string;
}

const PLACE = 'place-in-the-feed';

const log = pino({ level: 'error' }, process.stderr);
const core = await openPlace(placeOfArguments(), log);
const wanted = new Set(ridsOf(backlogSchema.parse(JSON.parse(process.argv[3] ?? ''))));
const terms = await openTerms(core, log);
const { registrations, checkpoints } = core.databases;
const begun = { ms: performance.now(), cpu: process.cpuUsage() };
let since: string | undefined;
while (wanted.size > 0) {
  const { changes, lastSeq } = await registrations.changes({ since, limit: FEED_PAGE, waitMs: 0 });
  if (changes.length === 0) throw new Error(`${wanted.size} have not ended.`);
  for (const { id, seq } of changes) {
    if (!wanted.delete(id)) continue;
    await processOne(id);
    const kept = await checkpoints.get<PlaceDoc>(PLACE);
    const place: PlaceDoc = { ...kept, _id: PLACE, seq };
    await checkpoints.write([place]);
  }
  since = lastSeq;
}
const ms = performance.now() - begun.ms;
const { user, system } = process.cpuUsage(begun.cpu);
await terms.stop();
await core.close();
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1_000, writes: 0, tenths: [], looks: 0 }));

async function processOne(rid: string): Promise<void> {
  let registration = await registrations.get<StoredRegistration>(rid);
  if (!registration) throw new Error(`${rid} is not there.`);
  registration = await save(enterFlow(registration, flowOf(registration), clock()));
  const packets = await loadPackets(registration, core.vault, (keyId) => sealingKeyFor(core.keys, keyId));
  while (!isTerminal(registration.state)) {
    const flow = flowOf(registration);
    const verdict = registration.verdict ?? flow.success;
    const work = { registration, verdict, packets };
    const [outcome] = await runStage(flow.stage(stageOf(registration)), [work], DEADLINE_MS, clock);
    if (outcome?.kind !== 'next') throw new Error(`${rid} is not done with ${registration.stage}.`);
    registration = await save(advance(registration, outcome, flow, clock(), 0));
  }
}

function flowOf(registration: StoredRegistration) {
  const flow = terms.flowOf(registration);
  if (!flow) throw new Error(`There is no flow for ${registration._id}.`);
  return flow;
}

async function save(registration: StoredRegistration): Promise<StoredRegistration> {
  const [result] = await registrations.write([registration]);
  if (!result?.ok) throw new Error(`${registration._id} could not be saved.`);
  return { ...registration, _rev: result.rev };
}

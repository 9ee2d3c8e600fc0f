/**
 * A station as a process of its own, until it is killed: people come to its desk, and it sends them. It goes on where it
 * was killed. One argument, as JSON: what it is to be.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIELD_TIMING, startStation } from '@enroute/edge-agent/station.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { person, recaptured } from '../simulation/people/people.ts';
import { openAcknowledgedLog } from './acknowledged.ts';
import { answer } from './asked.ts';
import { OPERATOR, SECRETS } from './secrets.ts';
import type { StationRole } from './station-role.ts';

const MAX_ITEMS = 1_000;
/** Whatever the clock says, a person's birthday is the same. */
const BORN_BEFORE = new Date('2026-01-01T00:00:00Z');
/** Whoever is locked out after too many kills in the middle of a sign-in waits. */
const SIGN_IN_AGAIN_MS = 500;

const role = JSON.parse(process.argv[2] ?? '') as StationRole;
const now = (): Date => new Date(Date.now() + role.clockWrongMs);
const acknowledged = openAcknowledgedLog(join(role.folder, 'acknowledged.log'));
const digests = new Map<string, string>();
const station = await startStation({
  folder: role.folder,
  passphrase: SECRETS.station,
  gatewayUrl: role.gatewayUrl,
  timing: { ...FIELD_TIMING, ...role.timing },
  now,
  log: openLogFile(join(role.folder, 'station.log')),
});
for (const { rid, manifest } of await station.queue(MAX_ITEMS)) digests.set(rid, manifest.packet.digest);
station.events.on('progress', ({ rid, durableBytes }) => {
  acknowledged.note({ rid, digest: digests.get(rid) ?? '', bytes: durableBytes });
});

async function signedIn() {
  for (;;) {
    try {
      return await station.signIn(OPERATOR, SECRETS.operator);
    } catch {
      await sleep(SIGN_IN_AGAIN_MS);
    }
  }
}

/** One after the other; who has a row in the queue was here. */
async function desk(): Promise<void> {
  const operator = await signedIn();
  for (let come = digests.size; come < role.people.length; come += 1) {
    await sleep(role.everyMs * 2 * Math.random());
    const index = role.people[come] ?? 0;
    const known = await person(role.population, index, { now: BORN_BEFORE, station: role.station });
    const { enrolment } = await recaptured(known, { now: now() });
    const { rid, digest } = await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' });
    digests.set(rid, digest);
    appendFileSync(join(role.folder, 'saved.log'), `${rid} ${digest}\n`, { flush: true });
  }
}

answer({
  /** How many have come and gone, and know how it ended. */
  ended: async () => (await station.queue(MAX_ITEMS)).filter(({ state }) => state === 'TERMINAL').length,
});
await desk();

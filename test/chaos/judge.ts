/** What must be true when all is calm again: at the core, at each station, and of what they have written down. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredRegistration } from '@enroute/core/databases.ts';
import type { OpenedCore } from '@enroute/core/open-core.ts';
import { EVERY_RID, pages } from '@enroute/core/store/pages.ts';
import type { Doc } from '@enroute/core/store/store.ts';
import { type OpenedStation, openStation } from '@enroute/edge-agent/open-station.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { receiptId, receiptSchema, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { findIn, needlesOfText } from '../secrets/needles.ts';
import { type Country, openCoreOf } from './country.ts';
import type { StationPlan } from './plan.ts';
import { SECRETS } from './secrets.ts';
import { PACKETS } from './settings.ts';

const KINDS = ['RECEIVED', 'OUTCOME'] as const;
const SILENT = openLog({ write: () => undefined }, 'silent');

/** @returns what is not as it must be; nothing may run. */
export async function judgeCountry(country: Country, plans: readonly StationPlan[]): Promise<string[]> {
  const violations: string[] = [];
  const core = await openCoreOf(country, 'refuse');
  try {
    const registrations = await registrationsOf(core);
    const uins = await numbersOf(core, registrations, violations);
    violations.push(...(await judgeCore(core, registrations)));
    const ridsOf = new Map<number, string[]>();
    for (const plan of plans) {
      const rids = await judgeStation(country, plan, registrations, violations);
      rids.forEach((rid, nth) => {
        const person = plan.people[nth] ?? -1;
        ridsOf.set(person, [...(ridsOf.get(person) ?? []), rid]);
      });
    }
    violations.push(...judgePeople(ridsOf, registrations), ...judgeLogs(country, plans, uins));
    return violations;
  } finally {
    await core.close();
  }
}

async function registrationsOf({ databases }: OpenedCore): Promise<Map<string, StoredRegistration>> {
  const found = new Map<string, StoredRegistration>();
  for await (const page of pages<StoredRegistration>(databases.registrations, EVERY_RID)) {
    for (const registration of page) found.set(registration._id, registration);
  }
  return found;
}

/** The numbers that were given: one to each who is completed, and none twice. */
async function numbersOf(
  { databases }: OpenedCore,
  registrations: ReadonlyMap<string, StoredRegistration>,
  violations: string[],
): Promise<string[]> {
  const completed = [...registrations.values()].filter(({ state }) => state === 'COMPLETED').map(({ _id }) => _id);
  const mappings = await databases.uins.getMany<Doc & { uin: string }>(completed.map((rid) => `rid:${rid}`));
  const uins = mappings.map(({ uin }) => uin);
  if (new Set(uins).size !== completed.length) {
    violations.push(`${completed.length} registrations are completed, with ${new Set(uins).size} different numbers`);
  }
  return uins;
}

async function judgeCore(core: OpenedCore, registrations: ReadonlyMap<string, StoredRegistration>): Promise<string[]> {
  const { holds, violations, packetsIn } = await core.conservation();
  const found = holds ? [] : violations.map((violation) => `conservation: ${violation}`);
  if (packetsIn !== PACKETS || registrations.size !== PACKETS) {
    found.push(`${packetsIn} packets came in and ${registrations.size} are registered, of ${PACKETS}`);
  }
  for (const { _id: rid, state, packet, station } of registrations.values()) {
    if (!isTerminal(state)) found.push(`${rid}: is ${state} at the core`);
    await core.vault.read(packet.digest).catch(() => found.push(`${rid}: is not whole in the vault`));
    const channel = await core.databases.channel(station);
    for (const receipt of await channel.getMany(KINDS.map((kind) => receiptId(rid, kind)))) {
      if (!receipt._rev.startsWith('1-')) found.push(`${receipt._id}: was written more than once`);
    }
  }
  return found;
}

/** @returns the station's RIDs, in the order in which people came. */
async function judgeStation(
  country: Country,
  { index, people }: StationPlan,
  registrations: ReadonlyMap<string, StoredRegistration>,
  violations: string[],
): Promise<string[]> {
  const folder = country.stationFolder(index);
  const station = await openStation({ folder, passphrase: SECRETS.station, now: () => new Date(), log: SILENT });
  try {
    const items: QueueItem[] = [];
    for await (const page of station.packets.pages()) items.push(...page);
    for (const item of items) violations.push(...(await judgeItem(item, station, registrations)));
    for await (const { rid, damage } of station.verify()) if (damage) violations.push(`${rid}: ${damage.code}`);
    const { waiting, setAside } = await station.standing();
    if (waiting.packets + setAside > 0)
      violations.push(`station ${index}: ${waiting.packets} wait, ${setAside} set aside`);
    const rids = items.map(({ rid }) => rid);
    if (new Set(rids.map((rid) => parseRid(rid).sequence)).size !== people.length) {
      violations.push(`station ${index}: ${people.length} people came, and there are the RIDs ${rids.join(', ')}`);
    }
    const saved = readFileSync(join(folder, 'saved.log'), 'utf8').split('\n').slice(0, -1);
    for (const [rid = '', digest] of saved.map((line) => line.split(' '))) {
      const item = items.find((one) => one.rid === rid);
      if (item?.manifest.packet.digest !== digest) violations.push(`${rid}: was said to be saved`);
    }
    return rids;
  } finally {
    await station.close();
  }
}

async function judgeItem(
  { rid, state, outcome, manifest }: QueueItem,
  { database, core }: OpenedStation,
  registrations: ReadonlyMap<string, StoredRegistration>,
): Promise<string[]> {
  const found: string[] = [];
  const registration = registrations.get(rid);
  const { digest } = manifest.packet;
  if (state !== 'TERMINAL' && state !== 'RELEASED') found.push(`${rid}: is ${state} at the station`);
  if (registration?.packet.digest !== digest) found.push(`${rid}: is another packet at the core`);
  if (registration?.state !== outcome?.state) {
    found.push(`${rid}: is ${registration?.state} at the core and ${outcome?.state} at the station`);
  }
  for (const kind of KINDS) {
    const entry = await database.incoming.findOne(receiptId(rid, kind)).exec();
    const receipt = receiptSchema.safeParse(entry?.toMutableJSON().body);
    const holds = receipt.success && verifyReceipt(receipt.data, core.signingKey) && receipt.data.digest === digest;
    if (!holds) found.push(`${rid}: has no ${kind} receipt that verifies`);
  }
  return found;
}

/** Whoever came to two desks has one number, and whoever came to one has it, too. */
function judgePeople(
  ridsOf: ReadonlyMap<number, readonly string[]>,
  registrations: ReadonlyMap<string, StoredRegistration>,
): string[] {
  return [...ridsOf].flatMap(([person, rids]) => {
    const completed = rids.filter((rid) => registrations.get(rid)?.state === 'COMPLETED');
    return completed.length === 1 ? [] : [`person ${person}: ${completed.length} of ${rids.join(', ')} are completed`];
  });
}

function judgeLogs(country: Country, plans: readonly StationPlan[], uins: readonly string[]): string[] {
  const needles = [
    ...Object.entries(SECRETS).flatMap(([name, secret]) => needlesOfText(name, secret)),
    ...uins.flatMap((uin) => needlesOfText('a number', uin)),
  ];
  const logs = [
    join(country.coreFolder, 'core.log'),
    ...plans.map(({ index }) => join(country.stationFolder(index), 'station.log')),
    ...readdirSync(country.outputFolder).map((name) => join(country.outputFolder, name)),
  ];
  return logs.flatMap((path) => findIn(readFileSync(path), needles).map((what) => `${path}: ${what}`));
}

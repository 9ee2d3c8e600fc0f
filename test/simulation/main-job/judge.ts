/** Holds a run of the main job against its plan. */
import type { Conservation } from '@enroute/core/ops/conservation.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import { brokenPolicies } from '@enroute/shared/uin/policies.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import { castSize, comer, type Plan } from './cast.ts';
import { type Desk, firstRegistrations, MAX_ITEMS, type Transfer } from './desk.ts';

interface Came extends QueueItem {
  readonly plan: Plan;
  readonly uin: string | undefined;
}

/** @returns everything that is not as planned, in sentences. */
export async function judge(desk: Desk, conservation: Conservation, transfer: Transfer): Promise<string[]> {
  const { job, station } = desk;
  const people = await firstRegistrations(station);
  const came = await Promise.all(
    people.map(async (item, index): Promise<Came> => {
      return { ...item, plan: (await comer(job, index)).plan, uin: (await station.result(item.rid))?.uin };
    }),
  );
  const corrections = (await station.queue(MAX_ITEMS)).filter(({ manifest }) => manifest.process === 'CORRECTION');
  return [
    ...(came.length === castSize(job) ? [] : [`${came.length} of ${castSize(job)} people were enrolled`]),
    ...outcomes(came),
    ...numbers(came),
    ...came.flatMap((one) => corrected(one, corrections)),
    ...(conservation.holds ? [] : ['the conservation law does not hold']),
    ...(conservation.heaps.terminal === conservation.packetsIn ? [] : ['not every registration has ended']),
    ...(transfer.cut && transfer.resumedFrom.length === 0 ? ['the upload that was cut began anew'] : []),
  ];
}

/** Each person is registered once; whoever came again was told that they are registered already. */
function* outcomes(came: readonly Came[]): Generator<string> {
  for (const [person, visits] of Map.groupBy(came, ({ plan }) => plan.samePerson)) {
    const endings = visits.map(({ outcome }) => `${outcome?.state} ${outcome?.code}`).sort();
    const planned = visits.map((_, index) => (index === 0 ? 'COMPLETED ENR-OUT-001' : 'REJECTED ENR-DDP-001'));
    if (endings.join() !== planned.join()) yield `${person} came to ${endings.join(', ')}, not ${planned.join(', ')}`;
  }
}

/** Whoever completed has a number, nobody else has; each is valid, and no two are the same. */
function* numbers(came: readonly Came[]): Generator<string> {
  for (const { rid, outcome, uin } of came) {
    if ((uin !== undefined) !== (outcome?.state === 'COMPLETED')) yield `${rid} has ${uin ? 'a' : 'no'} number`;
    const broken = uin === undefined ? [] : brokenPolicies(uin, UIN_PRESETS.mosip);
    if (broken.length > 0) yield `the number of ${rid} breaks ${broken.join(', ')}`;
  }
  const given = came.flatMap(({ uin }) => (uin === undefined ? [] : [uin]));
  if (new Set(given).size !== given.length) yield 'two people were given the same number';
}

function corrected({ rid, plan }: Came, corrections: readonly QueueItem[]): string[] {
  const own = corrections.filter(({ manifest }) => manifest.corrects === rid);
  const taken = own.filter(({ outcome }) => outcome?.code === 'ENR-OUT-002');
  const wanted = plan.corrected ? 1 : 0;
  if (own.length === wanted && taken.length === wanted) return [];
  return [`${rid}: ${own.length} corrections, ${taken.length} taken up, not ${wanted}`];
}

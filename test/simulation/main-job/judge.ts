/** Holds a run of the main job against its plan. */
import type { Conservation } from '@enroute/core/ops/conservation.ts';
import { brokenPolicies } from '@enroute/shared/uin/policies.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import { castSize, comer } from './cast.ts';
import { type Desk, firstRegistrations, MAX_ITEMS, type Transfer } from './desk.ts';

/** @returns everything that is not as planned, in sentences. */
export async function judge(desk: Desk, conservation: Conservation, transfer: Transfer): Promise<string[]> {
  const { job, station } = desk;
  const deviations: string[] = [];
  const people = await firstRegistrations(station);
  if (people.length !== castSize(job)) deviations.push(`${people.length} of ${castSize(job)} people were enrolled`);

  const uins = new Set<string>();
  let numbered = 0;
  for (const [index, { rid, outcome }] of people.entries()) {
    const { plan } = await comer(job, index);
    const came = `${outcome?.state} ${outcome?.code}`;
    if (came !== `${plan.state} ${plan.code}`) deviations.push(`${rid} is ${came}, not ${plan.state} ${plan.code}`);
    const uin = (await station.result(rid))?.uin;
    if ((uin !== undefined) !== (plan.state === 'COMPLETED')) deviations.push(`${rid} has ${uin ? 'a' : 'no'} number`);
    if (uin === undefined) continue;
    numbered += 1;
    uins.add(uin);
    const broken = brokenPolicies(uin, UIN_PRESETS.mosip);
    if (broken.length > 0) deviations.push(`the number of ${rid} breaks ${broken.join(', ')}`);
  }
  if (uins.size !== numbered) deviations.push('two people were given the same number');

  const corrections = (await station.queue(MAX_ITEMS)).filter(({ manifest }) => manifest.process === 'CORRECTION');
  for (const [index, { rid }] of people.entries()) {
    const { plan } = await comer(job, index);
    const own = corrections.filter(({ manifest }) => manifest.corrects === rid);
    const taken = own.filter(({ outcome }) => outcome?.code === 'ENR-OUT-002');
    const wanted = plan.corrected ? 1 : 0;
    if (own.length !== wanted || taken.length !== wanted) {
      deviations.push(`${rid}: ${own.length} corrections, ${taken.length} taken up, not ${wanted}`);
    }
  }

  if (!conservation.holds) deviations.push('the conservation law does not hold');
  if (conservation.heaps.terminal !== conservation.packetsIn) deviations.push('not every registration has ended');
  if (transfer.cut && transfer.resumedFrom.length === 0) deviations.push('the upload that was cut began anew');
  return deviations;
}

/** What master data would stop although it is well formed, and is more often forgotten than meant. */
import type { CountryMaster } from '../master/country-master.ts';

const CENTER_DIGITS = 5;

/** @param stations that are registered. @returns a sentence for each; none where nothing is stopped. */
export function masterWarnings(country: CountryMaster, stations: readonly string[]): string[] {
  const { approval, centers, machines, people } = country;
  const sentences: string[] = [];
  if (approval && people) {
    for (const center of centersWithoutSupervisor(people))
      sentences.push(`Center ${center} has people and no supervisor: nothing that is enrolled there can be approved.`);
  }
  for (const station of stations) {
    const center = station.slice(0, CENTER_DIGITS);
    const stopped = (why: string): number => sentences.push(`Station ${station} can not enrol: ${why}.`);
    if (centers && !centers.some(({ id }) => id === center)) stopped(`its center ${center} is not named in "centers"`);
    if (machines && !machines.some((one) => one.station === station)) stopped('it is not named in "machines"');
    if (people && !people.some((one) => one.centers.includes(center)))
      stopped(`"people" names nobody for its center ${center}`);
  }
  return sentences;
}

function centersWithoutSupervisor(people: NonNullable<CountryMaster['people']>): string[] {
  const centersOf = (some: typeof people): Set<string> => new Set(some.flatMap(({ centers }) => centers));
  const supervised = centersOf(people.filter(({ roles }) => roles.includes('supervisor')));
  return [...centersOf(people)].filter((center) => !supervised.has(center)).sort();
}

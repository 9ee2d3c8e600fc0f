/**
 * The victim of the power-cut and kill tests: enrols people for ever and prints "saved <rid> <digest>" for each that
 * the station has acknowledged, until it is killed. Arguments: the station's folder, and the round.
 */
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { infant } from './enrolments.ts';
import { clockIn, PEOPLE_PER_ROUND } from './rounds.ts';
import { openUnderTest } from './station-under-test.ts';

/** From a packet of one short frame to one of three. */
const LARGEST_IMAGE_BYTES = 150_000;
const USUAL_IMAGE_BYTES = 6_000;

const [folder = '', round = '0'] = process.argv.slice(2);
const station = await openUnderTest(folder, clockIn(Number(round)));
for (let index = Number(round) * PEOPLE_PER_ROUND; ; index += 1) {
  const rng = rngOf('size', index);
  const limit = rng.below(10) === 0 ? LARGEST_IMAGE_BYTES : USUAL_IMAGE_BYTES;
  const { rid, digest } = await station.enrol(infant(index, rng.below(limit)));
  process.stdout.write(`saved ${rid} ${digest}\n`);
}

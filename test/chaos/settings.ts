/**
 * How much chaos: the environment says, and without it there is as much as the time of all tests together allows. Times
 * are those of the links and of the people; a compression of 4 makes four of their seconds one on the wall.
 */
function number(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (!(value > 0)) throw new RangeError(`${name} is to be a number above 0.`);
  return value;
}

export const STATIONS = number('ENROUTE_STATIONS', 4);
export const PACKETS = number('ENROUTE_PACKETS', 24);
/** How long it lasts, before all is calm. */
export const SECONDS = number('ENROUTE_SECONDS', 60);
export const COMPRESSION = number('ENROUTE_COMPRESSION', 4);
/** Names everything that is drawn, so that a run that failed can be had again. */
export const SEED = process.env.ENROUTE_SEED ?? String(Date.now());

/** What to run to have the same again. */
export const AGAIN = [
  `ENROUTE_STATIONS=${STATIONS} ENROUTE_PACKETS=${PACKETS} ENROUTE_SECONDS=${SECONDS}`,
  `ENROUTE_COMPRESSION=${COMPRESSION} ENROUTE_SEED=${SEED} npx vitest run test/chaos`,
].join(' ');

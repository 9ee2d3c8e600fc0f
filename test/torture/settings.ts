/** How many registrations and how long: the environment says, else as much as the time of all tests together allows. */
function number(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (!(value > 0)) throw new RangeError(`${name} is to be a number above 0.`);
  return value;
}

export const REGISTRATIONS = number('ENROUTE_REGISTRATIONS', 2_000);
/** How long workers are killed; then they have peace. */
export const SECONDS = number('ENROUTE_SECONDS', 100);
/** Names what is drawn: when who is killed. What meets what at that moment is the machine's. */
export const SEED = number('ENROUTE_SEED', Date.now() % 1_000_000);
export const WORKERS = 3;
/** Without a sign of life, until others take the lanes of a worker; and how often there is one. */
export const LEASE_MS = 2_000;
export const HEARTBEAT_MS = 500;

/**
 * A loopback of the bench's own, whose buffers are as small as those of a device on a slow link. On the usual one a sender
 * may put some megabytes into the system's buffers at once: whoever gives up a request then would go on sending it for
 * minutes, and nobody could see how far it has got.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Measurement } from '../measurement.ts';

const WITHIN = 'ENROUTE_BENCH_OWN_LOOPBACK';
const BUFFER_BYTES = '4096 16384 65536';
const SET_UP = [
  'ip link set lo up mtu 1500',
  `echo ${BUFFER_BYTES} > /proc/sys/net/ipv4/tcp_wmem`,
  `echo ${BUFFER_BYTES} > /proc/sys/net/ipv4/tcp_rmem`,
].join(' && ');
/** A user who is not root becomes root in there. */
const APART = ['--map-root-user', '--net', 'sh', '-c'];

const lineSchema = z.looseObject({
  case: z.string(),
  subject: z.string(),
  metric: z.string(),
  value: z.number(),
  unit: z.string(),
  against: z.string().optional(),
  ratio: z.number().optional(),
  note: z.string().optional(),
  target: z.string().optional(),
  met: z.boolean().optional(),
});

export function isOnOwnLoopback(): boolean {
  return process.env[WITHIN] !== undefined;
}

/** Whether this machine lets us have one. */
export function canHaveOwnLoopback(): boolean {
  return spawnSync('unshare', [...APART, SET_UP], { stdio: 'ignore' }).status === 0;
}

/** Runs this same bench there. */
export async function* runOnOwnLoopback(): AsyncGenerator<Measurement> {
  const again = [...process.argv.slice(1), ...(process.argv.includes('--json') ? [] : ['--json'])];
  const child = spawn('unshare', [...APART, `${SET_UP} && exec "$0" "$@"`, process.execPath, ...again], {
    env: { ...process.env, [WITHIN]: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  for await (const line of createInterface(child.stdout)) yield measurementIn(line);
  const code = await ended;
  if (code !== 0) throw new Error(`The bench on a loopback of its own ended with ${code}.`);
}

function measurementIn(line: string): Measurement {
  const {
    case: circumstances,
    subject,
    metric,
    value,
    unit,
    target,
    met,
    ...rest
  } = lineSchema.parse(JSON.parse(line));
  return {
    case: circumstances,
    subject,
    metric,
    value,
    unit,
    ...(rest.against === undefined ? {} : { against: rest.against }),
    ...(rest.ratio === undefined ? {} : { ratio: rest.ratio }),
    ...(rest.note === undefined ? {} : { note: rest.note }),
    ...(target === undefined ? {} : { target: { text: target, met: met ?? false } }),
  };
}

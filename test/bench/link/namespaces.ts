/** Two network namespaces with a line between them that the system itself makes slow: for who may make such. */
import { execFileSync } from 'node:child_process';
import { z } from 'zod';

export interface LineSpeed {
  readonly kbitPerSecond: number;
  /** From one end to the other. */
  readonly latencyMs: number;
}

export interface NamespacePair {
  /** Where the core listens. */
  readonly host: string;
  /** Commands that run a process at either end. */
  readonly core: readonly string[];
  readonly station: readonly string[];
  setUp(isUp: boolean): void;
  /** What has left the station and what has come to it, with the headers of every layer. */
  bytes(): { readonly up: number; readonly down: number };
  remove(): void;
}

const CORE_HOST = '10.213.77.1';
const STATION_HOST = '10.213.77.2';
/** In packets: some seconds of a slow line, as in a modem. */
const QUEUE = 30;

const linkSchema = z.array(
  z.object({ stats64: z.object({ rx: z.object({ bytes: z.int() }), tx: z.object({ bytes: z.int() }) }) }),
);

/** @returns why this machine can't, or undefined. */
export function whyNoNamespaces(): string | undefined {
  try {
    openNamespacePair({ kbitPerSecond: 64, latencyMs: 1 }).remove();
    return undefined;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    return said || String(error);
  }
}

/** @throws Error when this machine, or this user, can't; nothing is left then. */
export function openNamespacePair({ kbitPerSecond, latencyMs }: LineSpeed): NamespacePair {
  const core = `enroute-core-${process.pid}`;
  const station = `enroute-station-${process.pid}`;
  const made: string[] = [];
  const remove = (): void => {
    for (const name of made.splice(0)) run('ip', 'netns', 'del', name);
    process.off('exit', remove);
  };
  process.once('exit', remove);
  try {
    for (const name of [core, station]) {
      run('ip', 'netns', 'add', name);
      made.push(name);
      run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    run('ip', '-n', core, 'link', 'add', 'line', 'type', 'veth', 'peer', 'name', 'line', 'netns', station);
    for (const [name, host] of [
      [core, CORE_HOST],
      [station, STATION_HOST],
    ] as const) {
      run('ip', '-n', name, 'address', 'add', `${host}/30`, 'dev', 'line');
      run('ip', '-n', name, 'link', 'set', 'line', 'up');
      const emulation = ['rate', `${kbitPerSecond}kbit`, 'delay', `${latencyMs}ms`, 'limit', String(QUEUE)];
      run('tc', '-n', name, 'qdisc', 'add', 'dev', 'line', 'root', 'netem', ...emulation);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    host: CORE_HOST,
    core: ['ip', 'netns', 'exec', core],
    station: ['ip', 'netns', 'exec', station],
    setUp: (isUp) => void run('ip', '-n', station, 'link', 'set', 'line', isUp ? 'up' : 'down'),
    bytes: () => {
      const [line] = linkSchema.parse(JSON.parse(run('ip', '-n', station, '-s', '-j', 'link', 'show', 'line')));
      return { up: line?.stats64.tx.bytes ?? 0, down: line?.stats64.rx.bytes ?? 0 };
    },
    remove,
  };
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

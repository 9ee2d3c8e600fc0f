/** What a run of the main job must remember to be taken up again after a kill: written before anything else happens. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';

const jobSchema = z.strictObject({
  v: z.literal(1),
  seed: z.int(),
  people: z.int().nonnegative(),
  /** Folders of real packet contents, enrolled after the generated people. */
  from: z.array(z.string()),
  startedAt: z.iso.datetime(),
  station: stationSchema,
  operator: z.string(),
  corePassphrase: z.string(),
  stationPassphrase: z.string(),
  operatorPassword: z.string(),
  localToken: z.string(),
  /** Keeps several runs apart on one CouchDB. */
  couchdbPrefix: z.string(),
});

export type Job = z.infer<typeof jobSchema>;

const JOB_FILE = 'job.json';
const RUN_FOLDER = /^run-[0-9TZ]+-[0-9a-f]{6}$/;
/** So many runs are kept; an older one makes room, unless it is of today and may still be going on. */
const RUNS_KEPT = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A new run in a folder of its own under `base`. */
export async function newJob(
  base: string,
  plan: Pick<Job, 'seed' | 'people' | 'from'>,
  now: Date,
): Promise<{ folder: string; job: Job }> {
  await mkdir(base, { recursive: true });
  const old = await runFolders(base);
  for (const name of old.slice(0, Math.max(0, old.length - RUNS_KEPT + 1))) {
    const { mtimeMs } = await stat(join(base, name));
    if (now.getTime() - mtimeMs < DAY_MS) continue;
    await rm(join(base, name), { recursive: true, force: true });
  }
  const secret = (): string => randomBytes(18).toString('base64url');
  const id = randomBytes(3).toString('hex');
  const folder = join(base, `run-${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${id}`);
  const job: Job = {
    v: 1,
    ...plan,
    startedAt: now.toISOString(),
    station: '1000110077',
    operator: 'amina',
    corePassphrase: secret(),
    stationPassphrase: secret(),
    operatorPassword: secret(),
    localToken: secret(),
    couchdbPrefix: `enroute-${id}_`,
  };
  await writeDurably(join(folder, JOB_FILE), Buffer.from(`${JSON.stringify(job, null, 2)}\n`));
  return { folder, job };
}

/** The newest run under `base`, or undefined when there is none to take up again. */
export async function latestJob(base: string): Promise<{ folder: string; job: Job } | undefined> {
  for (const name of (await runFolders(base)).reverse()) {
    const folder = join(base, name);
    if (!existsSync(join(folder, JOB_FILE))) continue;
    return { folder, job: jobSchema.parse(JSON.parse(await readFile(join(folder, JOB_FILE), 'utf8'))) };
  }
  return undefined;
}

async function runFolders(base: string): Promise<string[]> {
  const names = await readdir(base).catch(() => []);
  return names.filter((name) => RUN_FOLDER.test(name)).sort();
}

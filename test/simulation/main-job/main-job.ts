/**
 * The main job, shown: people are enrolled at a desk without a link; the link opens; the packets go up, are processed,
 * and the answers come down. Every step can be killed and taken up again: what is done is read from the station and the
 * core, and what is planned from the job file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { consolePath } from '@enroute/core/cli/people-commands.ts';
import { type Core, startCore } from '@enroute/core/core.ts';
import { openCoreKeys } from '@enroute/core/keys.ts';
import type { UploadProgress } from '@enroute/edge-agent/agent/uploader.ts';
import { joinCore } from '@enroute/edge-agent/keys/join-core.ts';
import { createPerson, hasPerson } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, hasIdentity, openIdentity, stationCardOf } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { type LocalApi, startLocalApi } from '@enroute/edge-agent/local-api/local-api.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { QueueState } from '@enroute/edge-agent/queue/states.ts';
import { FIELD_TIMING, type Station, type StationTiming, startStation } from '@enroute/edge-agent/station.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { describeStatus } from '@enroute/shared/status/codes.ts';
import type { KeyFileCost } from '@enroute/sync/disk/key-file.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { openTcpLink, type TcpLink } from '../link/tcp-link.ts';
import { castSize, comer } from './cast.ts';
import { type Desk, firstRegistrations, MAX_ITEMS, type Transfer } from './desk.ts';
import type { Job } from './job-file.ts';
import { judge } from './judge.ts';
import type { Row, Screen } from './screen.ts';

export interface MainJobOptions {
  readonly folder: string;
  readonly job: Job;
  readonly couchdbUrl: string | undefined;
  readonly screen: Screen;
  readonly now: () => Date;
}

export interface MainJob {
  /** True when all came out as planned. */
  readonly asPlanned: boolean;
  readonly addresses: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A demonstration does not wait for minutes where the field would. */
const TIMING: StationTiming = {
  ...FIELD_TIMING,
  retryBaseMs: 100,
  retryCapMs: 1_000,
  pollMs: 10_000,
  heartbeatMs: 1_000,
};
/** The passphrases are drawn at random, and lie beside in the job file: nobody has to guess. */
const KEY_FILE_COST: KeyFileCost = { memoryKiB: 8, passes: 1 };
/** Slow enough to be seen. */
const LINK_BYTES_PER_SECOND = 3 * 1024 * 1024;
const LINK_DOWN_MS = 1_500;
const SUPERVISOR = 'salim';
const CENTER_DIGITS = 5;
/** No answer for so long means that something is wrong. */
const PATIENCE_MS = 120_000;
/** A packet of which no byte has gone up yet is in one of these. */
const WAITING: readonly QueueState[] = ['SEALED', 'ANNOUNCED', 'EXPECTED'];

/** @throws Error when a step can't be done. Nothing is left running then. */
export async function runMainJob(options: MainJobOptions): Promise<MainJob> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await doMainJob(options, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function doMainJob(options: MainJobOptions, closers: (() => Promise<void>)[]): Promise<Omit<MainJob, 'stop'>> {
  const { folder, job, screen, now } = options;
  const log = openLogFile(join(folder, 'enroute.log'));

  screen.step(1, 'The core');
  await openCoreKeys(join(folder, 'core', 'core-keys.json'), job.corePassphrase, KEY_FILE_COST);
  const core = await startCore({
    folder: join(folder, 'core'),
    passphrase: job.corePassphrase,
    couchdbUrl: options.couchdbUrl,
    couchdbPrefix: job.couchdbPrefix,
    host: '127.0.0.1',
    port: 0,
    now,
    log: log.child({ room: 'core' }),
  });
  closers.push(() => core.stop());
  screen.line(`store      ${options.couchdbUrl ? `CouchDB, databases ${job.couchdbPrefix}…` : 'embedded (SQLite)'}`);
  screen.line(`gateway    ${core.url}`);

  screen.step(2, 'The station, and a link that is closed');
  const link = await openTcpLink({ target: new URL(core.url), bytesPerSecond: LINK_BYTES_PER_SECOND });
  closers.push(() => link.stop());
  link.close();
  const stationFolder = join(folder, 'station');
  await provision(job, stationFolder, core, now);
  const station = await startStation({
    folder: stationFolder,
    passphrase: job.stationPassphrase,
    gatewayUrl: link.url,
    timing: TIMING,
    now,
    log: log.child({ room: 'station' }),
  });
  closers.push(() => station.stop());
  const operator = await station.signIn(job.operator, job.operatorPassword);
  screen.line(`station    ${job.station}, operator ${job.operator} signed in`);
  screen.line('link       closed');

  const localApi = await startLocalApi(station, job.localToken, 0);
  closers.push(() => localApi.stop());
  const desk = { job, station, operator, screen };

  screen.step(3, 'Enrolling, without a link');
  await enrolEveryone(desk);
  const { waiting, packetsFolder } = await station.status();
  screen.line(`sealed     ${waiting.packets} packets waiting, ${kib(waiting.bytes)} KiB, in ${packetsFolder}`);

  screen.step(4, 'The link opens');
  const payload = waiting.bytes;
  const transfer = await bringUp(desk, link);
  if (payload > 0) {
    screen.line(`sent       ${kib(link.bytesUp)} KiB up for ${kib(payload)} KiB of packets`);
  }

  screen.step(5, 'The pipeline runs NEW for each');
  await until(() => allAnswered(station), 'every registration to end, or to wait for a correction');
  const { parked, terminal } = (await core.conservation()).heaps;
  for (const [stage, said] of await stagesOf(core, station)) screen.line(`${stage.padEnd(15)} ${said}`);
  screen.line(`in all          ${terminal} ended, ${parked} wait for a correction`);

  screen.step(6, 'The answers come down');
  await actOnTasks(desk, now);
  await until(async () => (await unanswered(station)).length === 0, 'every registration to end');
  screen.table(await rowsOf(desk));
  for (const { rid, outcome } of await firstRegistrations(station)) {
    if (outcome?.state !== 'REJECTED') continue;
    const { sentence, next } = describeStatus(outcome.code);
    screen.line(`rejected   ${rid}: ${sentence}`);
    screen.line(`           ${next}`);
  }

  screen.step(7, 'Conservation: packets in = terminal + parked + queued + dead-lettered');
  const conservation = await core.conservation();
  const { heaps, packetsIn, holds } = conservation;
  const sum = `${heaps.terminal} + ${heaps.parked} + ${heaps.queued} + ${heaps.deadLettered}`;
  screen.line(`${packetsIn} = ${sum}   ${holds ? 'holds' : 'DOES NOT HOLD'}`);
  for (const violation of conservation.violations) screen.warn(violation);

  const deviations = await judge(desk, conservation, transfer);
  for (const deviation of deviations) screen.warn(`not as planned: ${deviation}`);
  if (deviations.length === 0) screen.line('All came out as planned.');
  return {
    asPlanned: deviations.length === 0,
    addresses: await addressesOf(core, localApi, job, folder),
  };
}

/**
 * The administrator invites the station; it makes its keys, and shows them to the core with the token, which tells it
 * whom to trust. Repeating it is harmless.
 */
async function provision(job: Job, folder: string, core: Core, now: () => Date): Promise<void> {
  const identity = hasIdentity(folder)
    ? await openIdentity(folder, job.stationPassphrase)
    : await createIdentity(folder, job.station, job.stationPassphrase, KEY_FILE_COST);
  if (!hasPerson(folder, job.operator)) {
    await createPerson(folder, job.operator, ['operator'], job.operatorPassword, KEY_FILE_COST);
  }
  const { token: text } = await core.stationAdministration.invite(job.station, 'cli:demo');
  const token = parseInvitation(text);
  const { station, signing } = identity;
  const client = new GatewayClient({ baseUrl: token.url, station, signingKey: signing, now });
  try {
    const card = await stationCardOf(folder, identity);
    await trustCore(folder, await joinCore({ client, token, card, keys: identity }));
  } finally {
    await client.close();
  }
}

/** A one-time link for the supervisor of the station's center: a new one each time, the one before is of no use then. */
async function supervisorsLink({ people: { administration } }: Core, { station }: Job): Promise<string> {
  const known = (await administration.list()).some(({ id }) => id === SUPERVISOR);
  const given = { roles: ['supervisor'], centers: [station.slice(0, CENTER_DIGITS)] } as const;
  return (known ? await administration.giveLink(SUPERVISOR) : await administration.create(SUPERVISOR, given)).link;
}

async function enrolEveryone({ job, station, operator, screen }: Desk): Promise<void> {
  const total = castSize(job);
  const done = (await firstRegistrations(station)).length;
  if (done > 0) screen.line(`${done} were enrolled before; going on from there`);
  const counter = screen.counter('saved', total - done);
  for (let index = done; index < total; index += 1) {
    const { enrolment, remark, findings } = await comer(job, index);
    const saved = await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' });
    counter.tick(`${saved.rid}  ${kib(saved.bytes)} KiB  sha256 ${saved.digest.slice(0, 12)}…  ${remark}`);
    for (const finding of findings) screen.warn(finding);
  }
}

async function bringUp({ station, screen }: Desk, link: TcpLink): Promise<Transfer> {
  const uploads = screen.uploads();
  const resumedFrom: number[] = [];
  const onProgress = (upload: UploadProgress): void => {
    uploads.progress(upload);
    if (upload.resumedFrom > 0 && !resumedFrom.includes(upload.resumedFrom)) resumedFrom.push(upload.resumedFrom);
  };
  station.events.on('progress', onProgress);
  const waiting = (await station.queue(MAX_ITEMS)).filter(({ state }) => WAITING.includes(state)).reverse();
  const [first, second] = waiting;
  const cutting = first && second ? cutIn(second, first.manifest.packet.bytes) : undefined;
  link.open();
  await until(async () => (await station.status()).waiting.packets === 0, 'all packets to be received by the core');
  station.events.off('progress', onProgress);
  uploads.done();
  return { cut: (await cutting) ?? false, resumedFrom };

  /** Cuts in the middle of the second packet. */
  async function cutIn({ manifest }: QueueItem, before: number): Promise<boolean> {
    await link.cutAfter(before + Math.round(manifest.packet.bytes / 2), LINK_DOWN_MS);
    uploads.note('the link was cut and is back');
    return true;
  }
}

async function unanswered(station: Station): Promise<QueueItem[]> {
  return (await station.queue(MAX_ITEMS)).filter(({ state }) => state !== 'TERMINAL');
}

async function allAnswered(station: Station): Promise<boolean> {
  const tasks = new Set((await station.openTasks()).map(({ rid }) => rid));
  return (await unanswered(station)).every(({ rid }) => tasks.has(rid));
}

/** The person comes back, what the core asked for is captured again, and goes up as a packet of its own. */
async function actOnTasks({ job, station, operator, screen }: Desk, now: () => Date): Promise<void> {
  const tasks = await station.openTasks();
  const people = await firstRegistrations(station);
  const answered = new Set((await station.queue(MAX_ITEMS)).map(({ manifest }) => manifest.corrects));
  for (const task of tasks) {
    screen.line(`task       ${task.rid}: capture again ${task.positions.join(', ')}`);
    screen.line(`           ${describeStatus(task.code).sentence}`);
    if (answered.has(task.rid)) continue;
    const who = await comer(
      job,
      people.findIndex(({ rid }) => rid === task.rid),
    );
    const enrolment = correctionFor(task, await who.comeAgain(now()));
    const saved = await station.enrol({
      enrolment,
      process: 'CORRECTION',
      operator,
      priority: 'urgent',
      corrects: task.rid,
    });
    screen.line(`corrected  ${saved.rid}, ${kib(saved.bytes)} KiB: the person came back`);
  }
}

/** Only what was asked for. */
function correctionFor(task: Task, again: Enrolment): Enrolment {
  const biometrics = again.biometrics.filter(({ position }) => task.positions.includes(position));
  return { ...again, identity: {}, documents: [], biometrics };
}

/** What each stage said, counted: "11 next, 1 reject". */
async function stagesOf(core: Core, station: Station): Promise<Map<string, string>> {
  const registrations = await firstRegistrations(station);
  const entries = (await Promise.all(registrations.map(({ rid }) => core.history(rid)))).flat();
  const stages = new Map<string, string>();
  for (const [stage, said] of Map.groupBy(entries, (entry) => entry.stage)) {
    const outcomes = [...Map.groupBy(said, ({ outcome }) => outcome)];
    stages.set(stage, outcomes.map(([outcome, times]) => `${times.length} ${outcome}`).join(', '));
  }
  return stages;
}

async function rowsOf({ job, station }: Desk): Promise<Row[]> {
  const items = (await station.queue(MAX_ITEMS)).reverse();
  const people = (await firstRegistrations(station)).map(({ rid }) => rid);
  return Promise.all(
    items.map(async ({ rid, state, outcome, manifest, savedAt, changedAt }): Promise<Row> => {
      const index = people.indexOf(manifest.corrects ?? rid);
      const uin = (await station.result(rid))?.uin;
      return {
        who: `#${index + 1}`,
        rid,
        outcome: outcome?.state ?? state,
        detail: uin ? `UIN ${uin}` : (outcome?.code ?? ''),
        answeredAfterMs: outcome ? Date.parse(changedAt) - Date.parse(savedAt) : undefined,
        bytes: manifest.packet.bytes,
        remark: manifest.corrects ? 'correction' : (await comer(job, index)).remark,
      };
    }),
  );
}

async function addressesOf(core: Core, localApi: LocalApi, job: Job, folder: string): Promise<Record<string, string>> {
  const built = existsSync(join(import.meta.dirname, '../../../core/console/dist/index.html'));
  return {
    gateway: core.url,
    ...(built ? { console: `${core.url}${consolePath(await supervisorsLink(core, job))}` } : {}),
    station: `${localApi.url}status   (Authorization: Bearer ${job.localToken})`,
    files: folder,
  };
}

/** @throws Error when it does not come true in time. */
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const patience = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > patience) throw new Error(`Waited ${PATIENCE_MS / 1000} s for ${what}, in vain.`);
    await sleep(100);
  }
}

function kib(bytes: number): number {
  return Math.round(bytes / 1024);
}

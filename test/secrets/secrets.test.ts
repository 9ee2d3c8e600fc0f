/** A day with much trouble at a station and its core, and then every file, every log and every report is searched. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCore } from '@enroute/core/core.ts';
import { openCoreKeys } from '@enroute/core/keys.ts';
import { makeQuickKeys } from '@enroute/core/quick-keys.fixture.ts';
import { createPerson, signIn } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, stationCardOf } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { expect, it, onTestFinished } from 'vitest';
import { openTcpLink } from '../simulation/link/tcp-link.ts';
import { findIn, type Needle, needlesOfBytes, needlesOfText } from './needles.ts';
import { PERSONAL, plantedEnrolment, SECRETS, STATION } from './planted.ts';
import { filesIn, findInFolder, startStationProcess } from './secrets.fixture.ts';

const CORE = { passphrase: 'passphrase-of-the-çore-55d1', unknown: 'secret-of-a-service-2b7d' };
const WITHIN = { timeout: 60_000, interval: 200 };
const now = (): Date => new Date();

it('no secret and nothing of a person is left anywhere in clear', { timeout: 240_000 }, async () => {
  const base = await mkdtemp(join(quickTmpdir(), 'enroute-secrets-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const folders = { station: join(base, 'station'), core: join(base, 'core'), reports: join(base, 'reports') };
  for (const folder of Object.values(folders)) await mkdir(folder);

  await makeQuickKeys(folders.core, CORE.passphrase);
  const core = await startCore({
    folder: folders.core,
    passphrase: CORE.passphrase,
    couchdbUrl: undefined,
    couchdbPrefix: '',
    host: '127.0.0.1',
    port: 0,
    now,
    log: openLogFile(join(folders.core, 'core.log')),
  });
  let coreRuns = true;
  const stopCore = async (): Promise<void> => {
    if (coreRuns) await core.stop();
    coreRuns = false;
  };
  onTestFinished(stopCore);
  const identity = await createIdentity(folders.station, STATION, SECRETS.ENROUTE_STATION_PASSPHRASE, QUICK_COST);
  await createPerson(folders.station, 'amina', ['operator'], SECRETS.ENROUTE_OPERATOR_PASSWORD, QUICK_COST);
  await createPerson(folders.station, 'salim', ['supervisor'], SECRETS.ENROUTE_SUPERVISOR_PASSWORD, QUICK_COST);
  const amina = await signIn(folders.station, 'amina', SECRETS.ENROUTE_OPERATOR_PASSWORD, now);
  const salim = await signIn(folders.station, 'salim', SECRETS.ENROUTE_SUPERVISOR_PASSWORD, now);
  const card = await stationCardOf(folders.station, identity);
  await core.register(card);
  await trustCore(folders.station, core.card);
  const coreKeys = await openCoreKeys(join(folders.core, 'core-keys.json'), CORE.passphrase);
  const link = await openTcpLink({ target: new URL(core.url), bytesPerSecond: 0 });
  onTestFinished(() => link.stop());
  link.close();
  const station = await startStationProcess(folders.station, link.url, folders.reports);

  // Without a link, and with every wrong question that can be asked at the desk.
  const good = await station.enrol(0);
  const damaged = await station.enrol(1);
  expect(await station.signInWrongly()).toBe('ENR-STN-005');
  await askWrongly(await station.localApi(), SECRETS.ENROUTE_LOCAL_TOKEN);
  station.report();
  await expect.poll(() => readdir(folders.reports), WITHIN).toHaveLength(1);

  // One packet is damaged on the disk; the other one ends with a number.
  await damage((await station.queue()).packetsFolder, damaged);
  link.open();
  await expect.poll(async () => (await station.queue()).states[damaged], WITHIN).toBe('SET_ASIDE');
  await expect.poll(() => station.uin(good), WITHIN).toMatch(/^\d{10}$/);
  const uin = await station.uin(good);

  // The core no longer knows the operator, is asked nonsense, and goes away.
  await core.register({ ...card, operators: [] });
  const refused = await station.enrol(2);
  await expect.poll(async () => (await station.queue()).states[refused], WITHIN).toBe('SET_ASIDE');
  await askWrongly(core.url, CORE.unknown);

  // One is begun, one is looked at by the supervisor, and both are left lying.
  const draft = await station.saveDraft(4);
  await core.setMaster({ approval: true });
  let awaiting = '';
  const enrolAnother = async (): Promise<string | undefined> => {
    awaiting = await station.enrol(5);
    return (await station.queue()).states[awaiting];
  };
  await expect.poll(enrolAnother, WITHIN).toBe('AWAITING_APPROVAL');
  expect(await station.review(awaiting)).toBe(true);
  link.close();
  const late = await station.enrol(3);
  expect((await station.queue()).states[late]).toBeDefined();
  await station.crash();
  expect(await station.ended()).toBe(1);
  await expect.poll(() => readdir(folders.reports), WITHIN).toHaveLength(2);
  await stopCore();

  const enrolments = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => plantedEnrolment(index, now())));
  const captured = enrolments.flatMap(({ biometrics, documents }) => [
    ...biometrics.map(({ position, image }) => ({ name: `image ${position}`, bytes: image })),
    ...documents.map(({ name, content }) => ({ name: `document ${name}`, bytes: content })),
  ]);
  const secretKeys = { station: identity.signing, results: identity.sealing, amina: amina.key, salim: salim.key };
  const needles = [
    ...Object.entries(SECRETS).flatMap(([name, secret]) => needlesOfText(name, secret)),
    ...Object.entries(CORE).flatMap(([name, secret]) => needlesOfText(`core's ${name}`, secret)),
    ...Object.entries(PERSONAL).flatMap(([name, text]) => needlesOfText(name, text)),
    ...Object.entries(secretKeys).flatMap(([name, { secretKey }]) => keyNeedles(name, secretKey)),
    ...keyNeedles("core's signing key", coreKeys.signing.secretKey),
    ...keyNeedles("core's sealing key", coreKeys.sealing.secretKey),
    ...keyNeedles('storage key', coreKeys.storage),
    ...keyNeedles('de-duplication key', coreKeys.dedupe),
    ...captured.flatMap(({ name, bytes }) => excerpts(bytes).flatMap((excerpt) => needlesOfBytes(name, excerpt))),
  ];
  expect(captured.length).toBeGreaterThan(40);

  // The search is of what was meant to be searched, and finds what is there.
  const files = await filesIn(base);
  const copies = [draft, awaiting].map((rid) => join('drafts', rid));
  for (const part of ['station.log', 'core.log', 'amina.key.json', 'salim.key.json', good, 'report.', ...copies]) {
    expect(
      files.some((path) => path.includes(part)),
      part,
    ).toBe(true);
  }
  const log = await readFile(join(folders.station, 'station.log'), 'utf8');
  expect(log).toContain('ENR-STN-003');
  expect(log).toContain('ENR-MAN-003');
  expect(station.said().toString()).toContain('uncaught: SyntaxError');
  const control = join(folders.reports, 'control');
  const [face] = captured;
  for (const content of [PERSONAL.name, identity.signing.secretKey, face?.bytes ?? '']) {
    await writeFile(control, content);
    expect(await findInFolder(folders.reports, needles)).not.toEqual([]);
  }
  await rm(control);

  expect(findIn(station.said(), needles)).toEqual([]);
  expect(await findInFolder(base, needles)).toEqual([]);
  // The core admits that numbers stand in clear in its own database.
  const number = needlesOfText('the number', uin ?? '');
  expect(await findInFolder(folders.station, number)).toEqual([]);
  expect(await findInFolder(folders.reports, number)).toEqual([]);
  expect(findIn(await readFile(join(folders.core, 'core.log')), number)).toEqual([]);
});

/** The half of an Ed25519 key that is secret, or the whole of another. */
function keyNeedles(name: string, key: Uint8Array): Needle[] {
  return needlesOfBytes(name, key.slice(0, 32));
}

const EXCERPT_BYTES = 24;

/** Pieces out of the midst of an image or a document that nothing else has. */
function excerpts(bytes: Uint8Array): Uint8Array[] {
  return [0.3, 0.7].flatMap((place) => {
    const from = Math.floor(bytes.byteLength * place);
    const excerpt = bytes.slice(from, from + EXCERPT_BYTES);
    return new Set(excerpt).size > EXCERPT_BYTES / 2 ? [excerpt] : [];
  });
}

/** Whoever asks wrongly is refused, and what they have said is not kept. */
async function askWrongly(url: string, token: string): Promise<void> {
  const name = encodeURIComponent(PERSONAL.name);
  const personal = JSON.stringify(PERSONAL);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answers = await Promise.all([
    fetch(new URL(`queue?limit=${name}`, url), { headers }),
    fetch(new URL(`channel-${name}/_bulk_docs`, url), { method: 'POST', headers, body: personal }),
    fetch(new URL(`${name}/${encodeURIComponent(PERSONAL.address)}`, url), { headers }),
    fetch(new URL('status', url), { headers: { authorization: `Bearer ${encodeURIComponent(PERSONAL.address)}` } }),
    fetch(new URL(`channel-${STATION}/_bulk_docs`, url), {
      method: 'POST',
      headers,
      body: `{"name": "${PERSONAL.name}`,
    }),
    fetch(new URL(`uploads/${name}`, url), { method: 'HEAD', headers }),
    fetch(new URL('uploads', url), { method: 'POST', headers: { ...headers, 'upload-metadata': `rid ${name}` } }),
  ]);
  for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
}

async function damage(folder: string, rid: string): Promise<void> {
  const [path] = (await filesIn(folder)).filter((file) => file.includes(rid));
  if (!path) throw new Error(`no packet of ${rid}`);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.byteLength / 2);
  bytes.fill(0, middle, middle + 100);
  await writeFile(path, bytes);
}

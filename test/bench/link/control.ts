/** The channel alone: many manifests up, of which one is refused, and a receipt down; Enroute's beside PouchDB's replication. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCore } from '@enroute/core/open-core.ts';
import { createPerson } from '@enroute/edge-agent/keys/people.ts';
import { openStation } from '@enroute/edge-agent/open-station.ts';
import { type Receipt, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { infant } from '../../durability/enrolments.ts';
import type { Measurement } from '../measurement.ts';
import { CLEAN, type LinkCase } from './cases.ts';
import { coreOptions, PASSPHRASES, prepareCountry, SILENT, STATION } from './prepared-country.ts';
import { controlOverCouch, controlOverEnroute, MANIFESTS_FILE } from './subjects.ts';
import { measureTransfer, type Transfer } from './transfer.ts';

const MANIFESTS = 100;
const IMAGE_BYTES = 5_000;
const CASE: LinkCase = { ...CLEAN, name: `${MANIFESTS} manifests and a refused one up, a receipt down` };
/** A few round trips only: hardly compressed, so that the machine's own time does not show. */
const COMPRESSION = 4;
const METRICS: readonly (readonly [name: string, unit: string, of: (transfer: Transfer) => number])[] = [
  ['requests', 'requests', ({ measured }) => measured.requests ?? Number.NaN],
  ['connections', 'connections', ({ connections }) => connections],
  ['bytes up', 'kB', ({ bytesUp }) => bytesUp / 1_000],
  ['bytes down', 'kB', ({ bytesDown }) => bytesDown / 1_000],
  ['time', 's', ({ tookMs }) => tookMs / 1_000],
];

export async function measureControl(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-bench-control-'));
  try {
    await prepare(folder);
    const run = { linkCase: CASE, seed: 1, compression: COMPRESSION };
    const ours = controlOverEnroute(folder);
    const theirs = controlOverCouch(folder);
    const our = await measureTransfer({ ...run, subject: ours });
    const their = await measureTransfer({ ...run, subject: theirs });
    return METRICS.flatMap(([metric, unit, of]) => [
      {
        case: CASE.name,
        subject: ours.name,
        metric,
        value: of(our),
        unit,
        against: theirs.name,
        ratio: of(our) / of(their),
      },
      { case: CASE.name, subject: theirs.name, metric, value: of(their), unit },
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Packets of one operator whom the core knows and of one whom it does not, and a receipt that waits in the channel. */
async function prepare(folder: string): Promise<void> {
  await prepareCountry(folder, { packets: MANIFESTS, packetBytes: IMAGE_BYTES });
  const stationFolder = join(folder, 'station');
  await createPerson(stationFolder, 'unknown', ['operator'], 'password of the unknown');
  const now = (): Date => new Date();
  const station = await openStation({ folder: stationFolder, passphrase: PASSPHRASES.station, now, log: SILENT });
  try {
    const operator = await station.signIn('unknown', 'password of the unknown');
    const enrolment = infant(MANIFESTS, IMAGE_BYTES);
    await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' });
    const manifests = (await station.queue(MANIFESTS + 1)).map(({ manifest }) => manifest);
    await writeFile(join(folder, MANIFESTS_FILE), JSON.stringify(manifests));
    const [manifest] = manifests;
    if (manifest) await leaveReceipt(folder, manifest.rid, manifest.packet.digest);
  } finally {
    await station.close();
  }
}

async function leaveReceipt(folder: string, rid: string, digest: string): Promise<void> {
  const core = await openCore(coreOptions(folder), 'refuse');
  try {
    const { keys, databases } = core;
    const at = new Date().toISOString();
    const body = { v: 1, rid, station: STATION, digest, at, epoch: keys.epoch, kind: 'RECEIVED' } as const;
    const receipt: Receipt = signReceipt(body, keys.signing);
    const channel = await databases.channel(STATION);
    await channel.write([{ ...receipt, _id: receiptId(rid, 'RECEIVED') }]);
  } finally {
    await core.close();
  }
}

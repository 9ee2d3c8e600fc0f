/** A core and a station that know each other, with packets on the station that wait for the link; made once, copied for each run. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCore } from '@enroute/core/core.ts';
import { createPerson } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, stationCardOf } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { openStation } from '@enroute/edge-agent/open-station.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { makeQuickToOpen } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { generate } from 'selfsigned';
import { infant } from '../../durability/enrolments.ts';

export const STATION = '1000110077';
export const PASSPHRASES = { core: 'passphrase of the core', station: 'passphrase of the station' } as const;
/** Of a packet beside its picture, as nearly as it matters. */
const REST_BYTES = 2_200;
const HOST = '127.0.0.1';
const OPERATOR = { id: 'amina', password: 'password of the operator' };

export interface PreparedCountry {
  readonly folder: string;
  readonly packets: number;
  readonly payloadBytes: number;
}

export const SILENT: ReturnType<typeof openLog> = openLog({ write: () => undefined }, 'silent');

export function coreOptions(folder: string): Parameters<typeof startCore>[0] {
  return {
    folder: join(folder, 'core'),
    passphrase: PASSPHRASES.core,
    couchdbUrl: undefined,
    couchdbPrefix: '',
    host: HOST,
    port: 0,
    now: () => new Date(),
    log: SILENT,
  };
}

/** The gateway's certificate, which the station takes for its authority's. */
export async function tlsIdentity(folder: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all(
    ['gateway.crt', 'gateway.key'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

async function makeTlsIdentity(folder: string): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: HOST }] }],
  });
  await writeFile(join(folder, 'gateway.crt'), cert);
  await writeFile(join(folder, 'gateway.key'), key);
}

export interface CountryPlan {
  readonly packets: number;
  /** Of each sealed packet, very nearly. */
  readonly packetBytes: number;
}

export async function prepareCountry(folder: string, { packets, packetBytes }: CountryPlan): Promise<PreparedCountry> {
  const stationFolder = join(folder, 'station');
  await mkdir(stationFolder, { recursive: true });
  await makeTlsIdentity(folder);
  const core = await startCore(coreOptions(folder));
  try {
    const identity = await createIdentity(stationFolder, STATION, PASSPHRASES.station);
    await createPerson(stationFolder, OPERATOR.id, ['operator'], OPERATOR.password);
    await core.register(await stationCardOf(stationFolder, identity));
    await trustCore(stationFolder, core.card);
  } finally {
    await core.stop();
  }
  await makeQuickToOpen(join(stationFolder, 'station-keys.json'), PASSPHRASES.station);
  await makeQuickToOpen(join(stationFolder, 'people', `${OPERATOR.id}.key.json`), OPERATOR.password);
  return { folder, packets, payloadBytes: await enrol(stationFolder, packets, packetBytes) };
}

/** @returns what the packets weigh together. */
async function enrol(folder: string, packets: number, packetBytes: number): Promise<number> {
  const now = (): Date => new Date();
  const limits = { waitingPackets: { warn: null, refuse: null } };
  const station = await openStation({ folder, passphrase: PASSPHRASES.station, now, log: SILENT, limits });
  try {
    const operator = await station.signIn(OPERATOR.id, OPERATOR.password);
    let payloadBytes = 0;
    for (let index = 0; index < packets; index += 1) {
      const enrolment = infant(index, packetBytes - REST_BYTES);
      payloadBytes += (await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' })).bytes;
    }
    return payloadBytes;
  } finally {
    await station.close();
  }
}

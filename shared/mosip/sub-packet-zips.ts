/**
 * MOSIP's own layout of a packet: `SOURCE/PROCESS/{RID}_{id|evidence|optional}.zip`, and beside each zip a `.json` of
 * the same name that says what it is: its *envelope*. The zips may also lie by themselves in one folder.
 */
import { SUB_PACKETS, type SubPacket } from '../enrolment/enrolment.ts';
import { MosipError } from './findings.ts';
import { openZip, type UnpackBudget } from './unzip.ts';

export interface SubPacketZip {
  readonly path: string;
  readonly subPacket: SubPacket;
}

const ZIP_PATH = /^((?:[A-Za-z0-9][\w-]{0,63}\/){0,2}[A-Za-z0-9][\w-]{0,63})_(id|evidence|optional)\.zip$/;
const ENVELOPE_SUFFIX = '.json';

/** @throws MosipError MOSIP_SEVERAL_PACKETS when they are those of more than one packet. */
export function findSubPacketZips(paths: readonly string[]): SubPacketZip[] {
  const found: SubPacketZip[] = [];
  const packets = new Set<string>();
  for (const path of paths) {
    const [, packet, name] = ZIP_PATH.exec(path) ?? [];
    const subPacket = SUB_PACKETS.find((known) => known === name);
    if (packet === undefined || subPacket === undefined) continue;
    packets.add(packet);
    found.push({ path, subPacket });
  }
  if (packets.size > 1) {
    throw new MosipError('MOSIP_SEVERAL_PACKETS', `There are ${packets.size} packets where one is expected.`);
  }
  return found;
}

/**
 * The files of a packet by "id/ID.json" and so on, and its envelopes under their own paths: what their names and
 * contents say is compared with the metadata when the packet is imported. An empty one stands for one that is missing.
 * @param paths everything that lies there
 * @throws MosipError MOSIP_ZIP_…
 */
export async function readSubPacketZips(
  zips: readonly SubPacketZip[],
  paths: readonly string[],
  read: (path: string) => Promise<Uint8Array>,
  budget: UnpackBudget,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { path, subPacket } of zips) {
    const zip = await openZip(await read(path), budget);
    for (const name of zip.paths) files.set(`${subPacket}/${name}`, await zip.read(name));
    const envelope = path.replace(/\.zip$/, ENVELOPE_SUFFIX);
    files.set(envelope, paths.includes(envelope) ? await read(envelope) : new TextEncoder().encode('{}'));
  }
  return files;
}

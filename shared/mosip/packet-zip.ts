import { SUB_PACKETS } from '../enrolment/enrolment.ts';
import { VERSION } from '../version.ts';
import type { ExportContext } from './export.ts';
import type { MosipFiles } from './packet-files.ts';
import { mosipNameOf } from './process-names.ts';
import { zipOf } from './zip.ts';

/** Where MOSIP looks for what comes from a desk. */
const SOURCE = 'REGISTRATION_CLIENT';
const CENTER_DIGITS = 5;

/**
 * The packet as one zip in MOSIP's layout, opened: `REGISTRATION_CLIENT/PROCESS/{RID}_{id|evidence|optional}.zip` with a
 * `.json` beside each. The same files are the same bytes on every machine.
 * @param files of `mosipFromEnrolment`
 */
export async function mosipPacketZip(files: MosipFiles, context: ExportContext): Promise<Uint8Array> {
  const outer = new Map<string, Uint8Array>();
  for (const subPacket of SUB_PACKETS) {
    const folder = `${subPacket}/`;
    const own = [...files].filter(([path]) => path.startsWith(folder));
    if (own.length === 0) continue;
    const name = `${context.rid}_${subPacket}`;
    const path = `${SOURCE}/${mosipNameOf(context.process)}/${name}`;
    outer.set(`${path}.zip`, await zipOf(new Map(own.map(([whole, bytes]) => [whole.slice(folder.length), bytes]))));
    outer.set(`${path}.json`, new TextEncoder().encode(JSON.stringify(envelopeOf(name, context))));
  }
  return zipOf(outer);
}

/** Nothing is signed or encrypted here, and the envelope does not pretend that it is. */
function envelopeOf(packetname: string, { rid, process, station, createdAt }: ExportContext): object {
  return {
    id: rid,
    packetname,
    source: SOURCE,
    process: mosipNameOf(process),
    refid: `${station.slice(0, CENTER_DIGITS)}_${station.slice(CENTER_DIGITS)}`,
    creationdate: createdAt,
    providername: 'Enroute',
    providerversion: VERSION,
    signature: null,
    encryptedhash: null,
  };
}

import { z } from 'zod';
import type { Process } from '../enrolment/enrolment.ts';
import { type Finding, finding } from './findings.ts';
import { isEnvelope, type MosipFiles, parseJson } from './packet-files.ts';
import { processOf } from './process-names.ts';

/**
 * What MOSIP writes beside the zip of a sub-packet. Its `signature` and `encryptedhash` are about the encrypted bytes,
 * which are gone when a packet comes here opened; what it says of the registration can still be checked.
 */
const envelopeFile = z.looseObject({
  id: z.string().max(128).nullish(),
  packetname: z.string().max(128).nullish(),
  process: z.string().max(64).nullish(),
  refid: z.string().max(64).nullish(),
});

/** Where MOSIP writes a RID, 29 digits begin the text; other names are a station's own and say nothing. */
const RID_IN_FRONT = /^\d{29}(?!\d)/;

/** Envelopes that name another registration, station or process than the packet's own metadata. */
export function checkEnvelopes(files: MosipFiles, rid: string | undefined, process: Process): Finding[] {
  return [...files].flatMap(([path, bytes]) => {
    if (!isEnvelope(path)) return [];
    const envelope = parseJson(bytes, envelopeFile, path);
    const folders = path.split('/');
    const fileName = folders.pop() ?? '';
    const named = [fileName, envelope.id, envelope.packetname].flatMap((text) => text?.match(RID_IN_FRONT) ?? []);
    const processes = [folders[1], envelope.process].filter((name) => typeof name === 'string' && name !== '');
    const station = envelope.refid
      ?.match(/^(\d{5})_?(\d{5})$/)
      ?.slice(1)
      .join('');
    const disagrees =
      named.some((one) => one !== rid) ||
      processes.some((name) => processOf(name ?? undefined) !== process) ||
      (station !== undefined && rid?.startsWith(station) === false);
    const sentence = `${path} says that it belongs to another registration, station or process than the packet.`;
    return disagrees ? [finding('MOSIP_ENVELOPE_DISAGREES', path, sentence)] : [];
  });
}

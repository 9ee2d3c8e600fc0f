import { SUB_PACKETS } from '@enroute/shared/enrolment/enrolment.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { FolderError, openFolder } from './folder-files.ts';

/**
 * Reads an unpacked MOSIP packet: the files in `id/`, `evidence/` and `optional/` of a folder, by "id/ID.json" and
 * so on; what else lies there is not looked at.
 * @throws FolderError FOLDER_…
 */
export async function readMosipFolder(folder: string, limits = PACKET_LIMITS): Promise<Map<string, Uint8Array>> {
  const reader = await openFolder(folder);
  const files = new Map<string, Uint8Array>();
  let totalBytes = 0;
  for (const subPacket of SUB_PACKETS) {
    for (const name of await reader.names(subPacket)) {
      const path = `${subPacket}/${name}`;
      if (files.size >= limits.maxFiles) {
        throw new FolderError('FOLDER_TOO_MANY_FILES', `${folder} holds more than ${limits.maxFiles} files.`);
      }
      const bytes = await reader.read(path, Math.min(limits.maxFileBytes, limits.maxTotalBytes - totalBytes));
      totalBytes += bytes.length;
      files.set(path, bytes);
    }
  }
  if (files.size === 0) {
    throw new FolderError('FOLDER_EMPTY', `${folder} holds no packet: there is no file in id/ or beside it.`);
  }
  return files;
}

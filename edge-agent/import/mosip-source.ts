import { stat } from 'node:fs/promises';
import { SUB_PACKETS } from '@enroute/shared/enrolment/enrolment.ts';
import { PACKET_LIMITS, type PacketLimits } from '@enroute/shared/mosip/packet-files.ts';
import { findSubPacketZips, readSubPacketZips } from '@enroute/shared/mosip/sub-packet-zips.ts';
import { budgetOf, openZip } from '@enroute/shared/mosip/unzip.ts';
import { FolderError, type FolderReader, MAX_NAMES, openFolder, readPlainFile } from './folder-files.ts';
import { readMosipFolder } from './mosip-folder.ts';

/**
 * Reads an opened MOSIP packet in any of the ways in which one is handed over, as the map that `enrolmentFromMosip`
 * takes:
 * - a folder with `id/`, `evidence/` and `optional/`, or one zip of these;
 * - MOSIP's own layout, as one zip or lying in a folder: `SOURCE/PROCESS/{RID}_id.zip` and so on with a `.json` beside;
 * - a folder in which `{RID}_id.zip` and so on lie by themselves.
 * @param path a folder, or a file that is a zip
 * @throws FolderError FOLDER_… about what lies on the disk, MosipError MOSIP_ZIP_… about a zip
 */
export async function readMosipSource(path: string, limits = PACKET_LIMITS): Promise<Map<string, Uint8Array>> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FolderError('FOLDER_UNREADABLE', `${path} cannot be read.`, { cause });
  });
  return found.isDirectory() ? readFolder(path, limits) : readZip(path, limits);
}

async function readZip(path: string, limits: PacketLimits): Promise<Map<string, Uint8Array>> {
  const budget = budgetOf(limits);
  const zip = await openZip(await readPlainFile(path, limits.maxTotalBytes), budget);
  const inSubPackets = zip.paths.filter((entry) => SUB_PACKETS.some((subPacket) => entry.startsWith(`${subPacket}/`)));
  const files = new Map<string, Uint8Array>();
  for (const entry of inSubPackets) files.set(entry, await zip.read(entry));
  if (files.size > 0) return files;
  const zips = findSubPacketZips(zip.paths);
  if (zips.length === 0) throw new FolderError('FOLDER_EMPTY', `${path} holds no packet.`);
  return readSubPacketZips(zips, zip.paths, zip.read, budget);
}

async function readFolder(folder: string, limits: PacketLimits): Promise<Map<string, Uint8Array>> {
  const reader = await openFolder(folder);
  const top = await reader.names();
  // What lies open goes before what is packed: `id/` says enough, and nothing else is then looked at.
  if (top.includes('id')) return readMosipFolder(folder, limits);
  const paths = await pathsBelow(reader, top, folder);
  const zips = findSubPacketZips(paths);
  if (zips.length === 0) return readMosipFolder(folder, limits);
  const budget = budgetOf(limits);
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await reader.read(path, Math.min(budget.maxFileBytes, budget.leftBytes));
    budget.leftBytes -= bytes.length;
    return bytes;
  };
  return readSubPacketZips(zips, paths, read, budget);
}

/** The names in the folder and in two levels of folders below it: as deep as MOSIP's layout goes. */
async function pathsBelow(reader: FolderReader, top: readonly string[], folder: string): Promise<string[]> {
  const paths = [...top];
  let level = top;
  for (let depth = 0; depth < 2; depth += 1) {
    const next: string[] = [];
    // A name with an extension is a file's: neither sources nor processes have one.
    for (const parent of level.filter((path) => !path.includes('.'))) {
      next.push(...(await reader.names(parent)).map((name) => `${parent}/${name}`));
      if (paths.length + next.length > MAX_NAMES) {
        throw new FolderError('FOLDER_TOO_MANY_FILES', `${folder} holds more than ${MAX_NAMES} files.`);
      }
    }
    paths.push(...next);
    level = next;
  }
  return paths;
}

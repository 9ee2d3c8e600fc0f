/** What must be true of a station after a crash, whatever it was doing: the same for a power cut and for a kill. */
import type { OpenedStation } from '@enroute/edge-agent/open-station.ts';
import type { PacketFiles } from '@enroute/edge-agent/queue/packet-files.ts';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { infant } from './enrolments.ts';
import { openUnderTest, type SavedPacket } from './station-under-test.ts';

export interface Listed {
  /** Of rows whose file is there, is the one that the row says, and opens with the core's key; in order. */
  readonly whole: readonly string[];
  /** Of rows that show a packet which is not there, or only in part. */
  readonly half: readonly string[];
}

export interface Judgement {
  /** Packets that the station had acknowledged and does not have, or not whole. */
  readonly lost: readonly string[];
  readonly half: readonly string[];
}

/** The RIDs in the station's queue. */
export async function listPackets({ files, packets }: OpenedStation, core: KeyPair): Promise<Listed> {
  const whole: string[] = [];
  const half: string[] = [];
  for await (const page of packets.pages()) {
    for (const { rid, manifest, problem } of page) {
      const { digest } = manifest.packet;
      const isWhole = problem === undefined && (await holds(files, { rid, digest }, core));
      (isWhole ? whole : half).push(rid);
    }
  }
  return { whole, half };
}

/**
 * Opens the station of this folder, looks at everything in it, and enrols one more person.
 *
 * @param acknowledged every packet that the station has ever said to be saved.
 * @throws whatever keeps the station from opening or from enrolling.
 */
export async function judge(
  folder: string,
  acknowledged: readonly SavedPacket[],
  core: KeyPair,
  now: Date,
): Promise<Judgement> {
  const { station, enrol, close } = await openUnderTest(folder, now);
  try {
    const { whole, half } = await listPackets(station, core);
    const listed = new Set(whole);
    const lost: string[] = [];
    for (const saved of acknowledged) {
      if (!listed.has(saved.rid) || !(await holds(station.files, saved, core))) lost.push(saved.rid);
    }
    const next = await enrol(infant(whole.length, 100));
    if (listed.has(next.rid)) throw new Error(`RID ${next.rid} was given out twice.`);
    if (!(await holds(station.files, next, core))) throw new Error('What was enrolled after the crash is not whole.');
    return { lost, half };
  } finally {
    await close();
  }
}

async function holds(files: PacketFiles, { rid, digest }: SavedPacket, core: KeyPair): Promise<boolean> {
  try {
    const { header, container } = openPacket(await files.read(rid, digest), () => core);
    // Unpacking checks each entry against its stated size.
    for (const path of container.paths) container.read(path);
    return header.rid === rid;
  } catch {
    return false;
  }
}

/** The same transfers through the system's own network emulation: TCP with its headers, its slow start, its repetitions. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutsBySeed } from '../../simulation/link/cuts.ts';
import type { BenchOptions, Measurement } from '../measurement.ts';
import { CLEAN, EVERY_MINUTE, type LinkCase, PACKET_BYTES, PACKETS } from './cases.ts';
import { measurementsOf } from './judge.ts';
import { type NamespacePair, openNamespacePair, whyNoNamespaces } from './namespaces.ts';
import { type Peer, startPeer } from './peer.ts';
import { prepareCountry } from './prepared-country.ts';
import { enroute, SINGLE_REQUEST, type TransferSubject } from './subjects.ts';
import type { Transfer } from './transfer.ts';

/** The system's own patience with a lost packet can't be compressed, so time must not be by much. */
const COMPRESSION = 4;
const QUICK_COMPRESSION = 20;
const SEED = 1;
const BITS = 8;

export async function* measureThroughNetem({ quick, say }: BenchOptions): AsyncGenerator<Measurement> {
  const why = whyNoNamespaces();
  if (why) {
    say(`this machine can't emulate a network between namespaces: ${why}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'enroute-bench-country-'));
  try {
    const ours = enroute(await prepareCountry(folder, { packets: PACKETS, packetBytes: PACKET_BYTES }));
    for (const linkCase of [CLEAN, EVERY_MINUTE]) {
      for (const subject of [ours, SINGLE_REQUEST]) {
        say(`${linkCase.name}, ${subject.name}`);
        const transfer = await transferOnce(linkCase, subject, quick ? QUICK_COMPRESSION : COMPRESSION);
        const circumstances = { ...linkCase, name: `${linkCase.name}, netem` };
        // The targets are of what HTTP carries; here every layer's headers count.
        const judged = { subject: subject.name, isJudged: false, transfers: [transfer] };
        yield* measurementsOf({ ...judged, linkCase: circumstances });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function transferOnce(linkCase: LinkCase, subject: TransferSubject, compression: number): Promise<Transfer> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-bench-link-'));
  const namespaces = openNamespacePair({
    kbitPerSecond: ((linkCase.bytesPerSecond * BITS) / 1000) * compression,
    latencyMs: linkCase.latencyMs / compression,
  });
  const peers: Peer[] = [];
  try {
    if (subject.prepared) await cp(subject.prepared, folder, { recursive: true });
    const shared = { args: [folder, ...subject.args], compression, host: namespaces.host };
    const core = startPeer({ ...shared, program: subject.core, within: namespaces.core });
    peers.push(core);
    const url = await core.hear((word) => ('url' in word ? word.url : undefined));
    const station = startPeer({ ...shared, program: subject.station, within: namespaces.station });
    peers.push(station);
    await station.hear((word) => ('ready' in word ? word.ready : undefined));
    station.tell({ url });
    return await follow(namespaces, linkCase, subject, station, compression);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    namespaces.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Once the station has begun to send, cuts the line as planned until all is delivered. */
async function follow(
  namespaces: NamespacePair,
  { cutEveryMs, outageMs, deadlineMs }: LinkCase,
  { packets, payloadBytes }: TransferSubject,
  station: Peer,
  compression: number,
): Promise<Transfer> {
  const before = namespaces.bytes();
  const begunMs = performance.now();
  const nowMs = (): number => (performance.now() - begunMs) * compression;
  let delivered = 0;
  const over = new AbortController();
  const all = station
    .hear((word) => {
      if ('delivered' in word) delivered = word.delivered;
      return delivered >= packets || undefined;
    })
    .finally(() => over.abort());
  const until = (ms: number): Promise<void> =>
    sleep(Math.max(0, ms - nowMs()) / compression, undefined, { signal: over.signal }).catch(() => undefined);

  let cuts = 0;
  let downMs = 0;
  const cutting = (async () => {
    if (cutEveryMs === undefined) return;
    for (const { atMs, lastsMs } of cutsBySeed({ seed: SEED, everyMs: cutEveryMs, lastsMs: outageMs })) {
      await until(atMs);
      if (over.signal.aborted) return;
      const fromMs = nowMs();
      namespaces.setUp(false);
      await until(atMs + lastsMs);
      namespaces.setUp(true);
      cuts += 1;
      downMs += nowMs() - fromMs;
    }
  })();
  await Promise.race([all, until(deadlineMs)]);
  over.abort();
  const tookMs = nowMs();
  await cutting;
  const { up, down } = namespaces.bytes();
  const bytes = { bytesUp: up - before.up, bytesDown: down - before.down };
  return { packets, payloadBytes, delivered, tookMs, downMs, ...bytes, connections: 0, cuts, measured: {} };
}

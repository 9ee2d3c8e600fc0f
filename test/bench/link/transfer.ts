/** One transfer of all packets over one link by one subject. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutsBySeed } from '../../simulation/link/cuts.ts';
import { openTcpLink, type TcpLink } from '../../simulation/link/tcp-link.ts';
import type { LinkCase } from './cases.ts';
import { type Peer, startPeer } from './peer.ts';
import type { TransferSubject } from './subjects.ts';

export interface Transfer {
  readonly packets: number;
  readonly payloadBytes: number;
  /** How many were delivered in time. */
  readonly delivered: number;
  /** From the first connection on; until all were delivered, or until it was given up. */
  readonly tookMs: number;
  readonly downMs: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly connections: number;
  readonly cuts: number;
  /** What the station's end has measured besides. */
  readonly measured: Readonly<Record<string, number>>;
}

export interface TransferRun {
  readonly linkCase: LinkCase;
  readonly subject: TransferSubject;
  readonly seed: number;
  readonly compression: number;
}

const LOOK_EVERY_MS = 2;

export async function measureTransfer({ linkCase, subject, seed, compression }: TransferRun): Promise<Transfer> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-bench-link-'));
  const peers: Peer[] = [];
  let link: TcpLink | undefined;
  try {
    if (subject.prepared) await cp(subject.prepared, folder, { recursive: true });
    const args = [folder, ...subject.args];
    const core = startPeer({ program: subject.core, args, compression });
    peers.push(core);
    const target = new URL(await core.hear((word) => ('url' in word ? word.url : undefined)));
    const { bytesPerSecond, latencyMs } = linkCase;
    link = await openTcpLink({ target, bytesPerSecond, latencyMs, compression, seed });
    const station = startPeer({ program: subject.station, args, compression });
    peers.push(station);
    await station.hear((word) => ('ready' in word ? word.ready : undefined));
    const address = new URL(target);
    address.host = new URL(link.url).host;
    station.tell({ url: address.href });
    return await follow(link, linkCase, seed, [station, core], subject);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await link?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function follow(
  link: TcpLink,
  { cutEveryMs, outageMs, deadlineMs }: LinkCase,
  seed: number,
  [station, core]: readonly [Peer, Peer],
  { packets, payloadBytes }: TransferSubject,
): Promise<Transfer> {
  // The clock runs from the moment at which the station takes the link into use.
  while (link.connections === 0) await sleep(LOOK_EVERY_MS);
  const begunMs = link.nowMs;
  if (cutEveryMs !== undefined) link.follow(cutsBySeed({ seed, everyMs: cutEveryMs, lastsMs: outageMs }));
  let delivered = 0;
  const hearAll = (peer: Peer): Promise<boolean> =>
    peer.hear((word) => {
      if (!('delivered' in word)) return undefined;
      delivered = Math.max(delivered, word.delivered);
      return word.delivered >= packets || undefined;
    });
  const measured: Record<string, number> = {};
  station.hear((word) => void ('measured' in word && Object.assign(measured, word.measured))).catch(() => undefined);
  const all = Promise.race([hearAll(station), hearAll(core)]);
  const givenUp = new AbortController();
  const deadline = (async () => {
    while (link.nowMs - begunMs < deadlineMs) await sleep(LOOK_EVERY_MS * 10, undefined, { signal: givenUp.signal });
  })();
  await Promise.race([all, deadline]).finally(() => givenUp.abort());
  deadline.catch(() => undefined);
  const { nowMs, downMs, bytesUp, bytesDown, connections, cuts } = link;
  const tookMs = nowMs - begunMs;
  return { packets, payloadBytes, delivered, tookMs, downMs, bytesUp, bytesDown, connections, cuts, measured };
}

/** A station's channel without its uploads, at its end of the link. Argument: its folder. */
import { join } from 'node:path';
import { announceSealed } from '@enroute/edge-agent/agent/announcer.ts';
import { openStation } from '@enroute/edge-agent/open-station.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { Link } from '@enroute/sync/link/link.ts';
import { addressOfTheOtherEnd, say } from '../peer.ts';
import { PASSPHRASES, SILENT } from '../prepared-country.ts';
import { countRequests } from './count-requests.ts';

const [folder = ''] = process.argv.slice(2);
const POLL_MS = 50_000;
const now = (): Date => new Date();
const requests = countRequests();

/** It is up all the time. */
const link: Link = {
  use: (_plane, signal, work) => work({ isProbe: false, signal }),
  acknowledged: () => undefined,
};

const station = await openStation({
  folder: join(folder, 'station'),
  passphrase: PASSPHRASES.station,
  now,
  log: SILENT,
});
const { identity, database, packets } = station;
const manifests = await announceSealed(packets, database.outgoing);

const url = await addressOfTheOtherEnd();
const told = new Set<string>();
let received = false;
const look = (): void => {
  if (!received || told.size < manifests) return;
  say({ measured: { requests: requests() } });
  say({ delivered: 1 });
};
database.incoming.insert$.subscribe(() => {
  received = true;
  look();
});
replicateChannel({
  client: new GatewayClient({ baseUrl: url.href, station: identity.station, signingKey: identity.signing, now }),
  link,
  outgoing: database.outgoing,
  incoming: database.incoming,
  pollMs: POLL_MS,
  knownEpoch: () => station.core.epoch,
  onAccepted: async (id) => {
    told.add(id);
    look();
  },
  onRefused: async (id) => {
    told.add(id);
    look();
  },
  onCoreWord: async () => undefined,
  onUnreadable: (id, code) => {
    throw new Error(`${id} can't be read: ${code}`);
  },
  onTrouble: (error) => {
    throw error;
  },
});

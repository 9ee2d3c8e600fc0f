/** The station at its end of the link, its packets waiting. Arguments: its folder, and "tls" or nothing. */
import { join } from 'node:path';
import type { QueueState } from '@enroute/edge-agent/queue/states.ts';
import { FIELD_TIMING, startStation } from '@enroute/edge-agent/station.ts';
import { addressOfTheOtherEnd, say } from '../peer.ts';
import { PASSPHRASES, SILENT, tlsIdentity } from '../prepared-country.ts';

const [folder = '', tls] = process.argv.slice(2);
/** The core has said that it has all bytes. */
const DELIVERED: ReadonlySet<QueueState> = new Set<QueueState>(['SENT', 'RECEIVED', 'TERMINAL']);
const MAX_ITEMS = 1_000;

const url = await addressOfTheOtherEnd();
const station = await startStation({
  folder: join(folder, 'station'),
  passphrase: PASSPHRASES.station,
  gatewayUrl: url.href,
  ca: tls === 'tls' ? (await tlsIdentity(folder)).cert : undefined,
  timing: FIELD_TIMING,
  now: () => new Date(),
  log: SILENT,
});

let told = 0;
const look = async (): Promise<void> => {
  const delivered = (await station.queue(MAX_ITEMS)).filter(({ state }) => DELIVERED.has(state)).length;
  if (delivered === told) return;
  told = delivered;
  say({ delivered });
};
station.events.on('changed', () => void look());
await look();

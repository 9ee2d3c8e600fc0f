/** How many connections the gateway holds: in all, and of one address, so that nobody takes the places of the others. */
import type { Server, Socket } from 'node:net';
import { countedAddress } from './counted-address.ts';

export interface ConnectionLimits {
  readonly most: number;
  /** Of an address, or a network of it in IPv6. A station holds three. */
  readonly mostOfAddress: number;
}

/**
 * Ten thousand stations that wait, and what they send besides. Behind one address a quarter of all: a region's stations
 * reach the core through one firewall.
 */
export const DEFAULT_CONNECTIONS: ConnectionLimits = { most: 32_000, mostOfAddress: 8_000 };

/** Those that are too many are closed before a byte is read of them: an answer would cost what is to be saved. */
export function limitConnections(
  server: Server,
  { most, mostOfAddress }: ConnectionLimits,
  isTrustedProxy: (address: string) => boolean,
): void {
  server.maxConnections = most;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    // Everybody comes from there.
    if (isTrustedProxy(remoteAddress)) return;
    const address = countedAddress(remoteAddress);
    const count = open.get(address) ?? 0;
    if (count >= mostOfAddress) return void socket.destroy();
    open.set(address, count + 1);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

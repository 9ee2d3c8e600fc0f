/** As whom the gateway counts an address that somebody comes from. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;
/** Whoever has one IPv6 address has the other 2^64 of its network, too. */
const IPV6_GROUPS_OF_ONE = 4;
/** What providers hand out is at most so large: of IPv6 the first 48 bits, of IPv4 the first 16. */
const IPV6_GROUPS_OF_NETWORK = 3;
const IPV4_BYTES_OF_NETWORK = 2;

/** Where a request comes from; behind a trusted proxy what that says, if it is an address at all. */
export function addressOf({ ip, socket }: Pick<Request, 'ip' | 'socket'>): string {
  return ip !== undefined && isIP(ip) !== 0 ? ip : (socket.remoteAddress ?? 'unknown');
}

/** e.g. "192.0.2.7", or of IPv6 the network of 64 bits, "2001:db8:0:1::/64"; "unknown" for anything else. */
export function countedAddress(address: string | undefined): string {
  const plain = plainOf(address);
  if (isIPv4(plain)) return plain;
  return isIPv6(plain) ? `${groupsOf(plain).slice(0, IPV6_GROUPS_OF_ONE).join(':')}::/64` : 'unknown';
}

/** The larger network that a counted address lies in, for when there are too many to count each. */
export function networkOf(counted: string): string {
  if (isIPv4(counted)) return counted.split('.').slice(0, IPV4_BYTES_OF_NETWORK).join('.');
  return counted.split(':').slice(0, IPV6_GROUPS_OF_NETWORK).join(':');
}

/** Without the zone of a link-local address, and IPv4 as such. */
function plainOf(address = ''): string {
  const [withoutZone = ''] = address.split('%');
  return MAPPED_IPV4.exec(withoutZone)?.[1] ?? withoutZone;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL's parser writes every form of an address in one way, the dotted one at its end included.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = written.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(GROUPS - before.length - after.length).fill('0'), ...after];
}

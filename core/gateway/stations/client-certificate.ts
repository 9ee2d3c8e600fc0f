/**
 * Mutual TLS, where the country wants it besides the stations' signed tokens: whoever comes as a station over such a
 * server has a certificate of the country's authority for clients, whose subject is that station's number. A stolen key
 * file alone opens no channel then. People and machines that are to be enrolled come in without one, by their own means.
 */
import type { Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

const demanding = new WeakSet<object>();

/** From now on stations need a certificate on connections of this server, which must have been told to ask for one. */
export function demandCertificates(server: Server): void {
  server.on('secureConnection', (socket: TLSSocket) => demanding.add(socket));
}

/**
 * @throws EnrouteError ENR-TRU-011 when the connection is one that needs a certificate, and has none, one of another
 *   authority, one that is not valid now, or another station's.
 */
export function requireCertificateOf(station: string, socket: object): void {
  if (!demanding.has(socket)) return;
  if (!(socket instanceof TLSSocket) || !socket.authorized) throw new EnrouteError('ENR-TRU-011', station);
  // Node leaves the object empty when there is none.
  const subject: { readonly CN?: string | readonly string[] } | undefined = socket.getPeerCertificate().subject;
  if (subject?.CN !== station) throw new EnrouteError('ENR-TRU-011', station);
}

/** What an invitation says of the gateway, so that a machine that knows nothing else finds it and can tell it from others. */
import { X509Certificate } from 'node:crypto';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

/** Where a gateway listens that listens everywhere: no address that anybody could go to. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '[::]']);

/** @throws EnrouteError ENR-CFG-006 when it is no address that others could reach. */
export function reachableUrl(url: string): string {
  const address = URL.parse(url);
  if (!address || EVERYWHERE.has(address.hostname)) throw new EnrouteError('ENR-CFG-006', url);
  return url;
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The SHA-256 digest (hex) of the authority that stands at the end of a gateway's certificates, where it stands there: a
 * country's own does, and stations are told of it in a file. One that every machine knows is left out by whoever follows
 * its instructions, and stations need no file.
 * @param pem the gateway's certificate and those up to its authority
 */
export function authorityOf(pem: string | undefined): string | undefined {
  const last = pem?.match(CERTIFICATES)?.at(-1);
  if (last === undefined) return undefined;
  const certificate = new X509Certificate(last);
  const isOwnIssuer = certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  return isOwnIssuer ? certificate.fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
}

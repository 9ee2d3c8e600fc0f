/** What two parts have to agree on byte by byte is hashed in its canonical form (RFC 8785). */
import canonicalize from 'canonicalize';
import { sha256Hex } from './digest.ts';

/** SHA-256 in hex of the canonical JSON; the order of the properties does not matter. */
export function canonicalDigest(body: object): string {
  const json = canonicalize(body);
  if (json === undefined) throw new TypeError('Only a JSON object has a canonical form.');
  return sha256Hex(json);
}

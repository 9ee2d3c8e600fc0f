/** The certificate and the key that the gateway speaks TLS with, as an administrator hands them over. */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { TlsIdentity } from '../gateway/door/gateway-server.ts';

export interface TlsFiles {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/**
 * @returns undefined when neither file is named.
 * @throws EnrouteError ENR-OPS-005 when only one is, or when they are no certificate with its key; ENR-OPS-006 when one can't
 *   be read. Nothing of the key is quoted.
 */
export async function readTls({ tlsCert, tlsKey }: TlsFiles): Promise<TlsIdentity | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new EnrouteError('ENR-OPS-005', '--tls-cert and --tls-key are needed together');
  }
  const tls = { cert: await readText(tlsCert), key: await readText(tlsKey) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw new EnrouteError('ENR-OPS-005', `${tlsCert} and ${tlsKey} are no certificate with its key, in PEM`, cause);
  }
  return tls;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EnrouteError('ENR-OPS-006', path, cause);
  });
}

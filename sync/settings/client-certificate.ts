/** The certificate by which a station shows a gateway that asks for one which station it is. */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { ClientCertificate } from '../link/connections.ts';

/**
 * @param certFile certificate, with those between it and its authority, in PEM
 * @param keyFile its key, in PEM
 * @throws Error that says what is wrong with the files; nothing of the key is quoted
 */
export async function readClientCertificate(certFile: string, keyFile: string): Promise<ClientCertificate> {
  const [cert, key] = await Promise.all([certFile, keyFile].map(readText));
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new Error(`${certFile} and ${keyFile} are no certificate with its key, in PEM`, { cause });
  }
  return { cert: cert ?? '', key: key ?? '' };
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} can't be read`, { cause });
  });
}

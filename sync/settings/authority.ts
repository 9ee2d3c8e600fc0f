/** The private authority whose certificates a gateway may have, as a station is told of it. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * @param path a file with one or more certificates in PEM
 * @throws Error that says what is wrong with the file
 */
export async function readAuthority(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`The authority's certificate can't be read: ${path}`, { cause });
  });
  try {
    // Node would take anything, and then trust nobody without saying why.
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`There is no certificate in PEM in ${path}`, { cause });
  }
  return pem;
}

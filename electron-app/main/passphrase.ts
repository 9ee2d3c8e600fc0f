/**
 * The passphrase of the station's key file, kept by the operating system's key store (Keychain, DPAPI, libsecret, …):
 * given once through the environment, it is not needed again.
 */
import { readFile } from 'node:fs/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import type { ElectronPorts } from './electron-ports.ts';

export interface Passphrase {
  readonly value: string;
  /** Keeps it for the next start; for when it has proved to be right. @returns false when it can't be kept safely. */
  remember(): Promise<boolean>;
}

/** @throws EnrouteError ENR-STN-005 when none was given and none can be read. */
export async function findPassphrase(
  store: ElectronPorts['safeStorage'],
  path: string,
  given: string | undefined,
): Promise<Passphrase> {
  if (given !== undefined) {
    return {
      value: given,
      remember: async () => {
        if (!isSafe(store)) return false;
        await writeDurably(path, store.encryptString(given));
        return true;
      },
    };
  }
  try {
    return { value: store.decryptString(await readFile(path)), remember: async () => true };
  } catch (cause) {
    throw new EnrouteError('ENR-STN-005', 'no passphrase was given, and none is kept', cause);
  }
}

/** On a Linux desktop without a key ring Electron "encrypts" with a key that everyone knows. */
function isSafe(store: ElectronPorts['safeStorage']): boolean {
  if (!store.isEncryptionAvailable()) return false;
  return process.platform !== 'linux' || store.getSelectedStorageBackend() !== 'basic_text';
}

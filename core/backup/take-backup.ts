/**
 * Backs a core on the embedded store up, whether or not it runs: keys, documents, packets, and a manifest at the end. The
 * core notices nothing of it: documents are read over connections of this process's own, and packets never change.
 */
import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { syncFile, syncFolder } from '@enroute/sync/disk/durable-file.ts';
import { type ManifestWriter, openManifest } from './backup-manifest.ts';
import { backupOrder } from './backup-order.ts';
import { requireEmpty } from './empty-folder.ts';
import { copyHashed, type Hashed, hashFile } from './hashed-file.ts';

export interface BackupTaken {
  readonly databases: number;
  readonly packets: number;
  readonly bytes: number;
  /** Digests of packets whose bytes in the vault are not those of their name; they are not in the backup. */
  readonly damaged: readonly string[];
}

const KEYS = 'core-keys.json';
const DATABASE = /^([a-z][a-z0-9_-]*)\.sqlite$/;
const SHELF = /^[0-9a-f]{2}$/;
const PACKET = /^([0-9a-f]{64})\.enrp$/;
/** All of a database in one step: a step that another write follows would have to begin anew. */
const PAGES_PER_STEP = 2 ** 31 - 1;
const BUSY_MS = 10_000;

/**
 * @param to a folder that is empty or not there yet
 * @throws EnrouteError ENR-BAK-001 when it is not empty, ENR-OPS-002 when there is no core in the folder; the error of the
 *   disk. What was written then is no backup.
 */
export async function takeBackup(folder: string, to: string, now: Date): Promise<BackupTaken> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  await requireEmpty(to);
  await using manifest = await openManifest(to, now);
  const taker = new BackupTaker(folder, to, manifest);
  await taker.keys();
  await taker.databases();
  await taker.packets();
  await manifest.finish();
  return taker.taken;
}

class BackupTaker {
  readonly #folder: string;
  readonly #to: string;
  readonly #manifest: ManifestWriter;
  #databases = 0;
  #packets = 0;
  #bytes = 0;
  readonly #damaged: string[] = [];

  constructor(folder: string, to: string, manifest: ManifestWriter) {
    this.#folder = folder;
    this.#to = to;
    this.#manifest = manifest;
  }

  get taken(): BackupTaken {
    return { databases: this.#databases, packets: this.#packets, bytes: this.#bytes, damaged: this.#damaged };
  }

  async keys(): Promise<void> {
    const hashed = await copyHashed(join(this.#folder, KEYS), join(this.#to, KEYS)).catch((cause: unknown) => {
      throw isMissing(cause) ? new EnrouteError('ENR-OPS-002', this.#folder, cause) : cause;
    });
    await this.#add(KEYS, hashed);
    await syncFolder(this.#to);
  }

  async databases(): Promise<void> {
    const names = (await namesIn(join(this.#folder, 'store'))).flatMap((file) => DATABASE.exec(file)?.[1] ?? []);
    await mkdir(join(this.#to, 'store'), { mode: 0o700 });
    for (const name of backupOrder(names)) {
      const path = `store/${name}.sqlite`;
      await copyDatabase(join(this.#folder, path), join(this.#to, path));
      await this.#add(path, await hashFile(join(this.#to, path)));
      this.#databases += 1;
    }
    await syncFolder(join(this.#to, 'store'));
  }

  async packets(): Promise<void> {
    await mkdir(join(this.#to, 'vault'), { mode: 0o700 });
    for (const shelf of (await namesIn(join(this.#folder, 'vault'))).filter((name) => SHELF.test(name)).sort()) {
      await mkdir(join(this.#to, 'vault', shelf), { mode: 0o700 });
      for (const file of (await namesIn(join(this.#folder, 'vault', shelf))).sort()) {
        const digest = PACKET.exec(file)?.[1];
        if (digest) await this.#packet(`vault/${shelf}/${file}`, digest);
      }
      await syncFolder(join(this.#to, 'vault', shelf));
    }
    await syncFolder(join(this.#to, 'vault'));
    await syncFolder(this.#to);
  }

  async #packet(path: string, digest: string): Promise<void> {
    const [from, to] = [join(this.#folder, path), join(this.#to, path)];
    try {
      const hashed = await linkOrCopy(from, to);
      if (hashed.sha256 === digest) {
        await this.#add(path, hashed);
        this.#packets += 1;
        return;
      }
    } catch (error) {
      // Set aside meanwhile: it was damaged.
      if (!isMissing(error)) throw error;
    }
    await rm(to, { force: true });
    this.#damaged.push(digest);
  }

  async #add(path: string, hashed: Hashed): Promise<void> {
    await this.#manifest.add({ path, ...hashed });
    this.#bytes += hashed.bytes;
  }
}

/** One moment of it, whoever writes meanwhile. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    source.exec(`PRAGMA busy_timeout=${BUSY_MS}`);
    await backup(source, to, { rate: PAGES_PER_STEP });
  } finally {
    source.close();
  }
  await syncFile(to);
}

/** On one disk a packet is given a second name: it is never written to, and costs no room. */
async function linkOrCopy(from: string, to: string): Promise<Hashed> {
  const isLinked = await link(from, to).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) throw error;
      return false;
    },
  );
  return isLinked ? hashFile(to) : copyHashed(from, to);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteCouchDatabases } from '@enroute/core/store/couchdb/test-server.ts';
import { type PublicKey, publicKeySchema } from '@enroute/shared/crypto/keys.ts';
import { makeQuickToOpen } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';
import { expect, onTestFinished, test } from 'vitest';
import { newPacket, newSendingStation, type SentPacket } from '../bench/intake/packets.ts';
import { freshFolder } from './folder.fixture.ts';
import { INTAKE_PASSPHRASE, type IntakePlace, lookInto } from './intake-folder.ts';
import { deliver } from './intake-stations.ts';
import { ROUNDS, ROUNDS_TIMEOUT_MS, SEED } from './rounds.ts';

const CORE = join(import.meta.dirname, 'intake-until-killed.ts');
const UPLOADS = Number(process.env.ENROUTE_UPLOADS ?? ROUNDS * 8);
const STATIONS = 8;
const FIRST_STATION = 1_000_110_000;
/** A core has more to do for a large packet than for a small one: now and then one is large. */
const MAX_BYTES = 64 * 1024;
const LARGE_BYTES = 1536 * 1024;
const LARGE_ONE_OF = 10;
/** Behind the acknowledgement that it waits for, the kill comes within the time of a packet or two. */
const LATEST_KILL_MS = 60;

const { COUCHDB_URL } = process.env;
const PLACES = [
  { name: 'disk, embedded store', vault: 'disk', isCouch: false },
  { name: 'embedded store', vault: 'store', isCouch: false },
  { name: 'CouchDB', vault: 'store', isCouch: true },
] as const;

test.for(PLACES)(
  `a core that is killed again and again has every packet that it acknowledged ($name; ${UPLOADS} uploads, about ${ROUNDS} kills, seed ${SEED})`,
  { timeout: ROUNDS_TIMEOUT_MS + UPLOADS * 1_000 },
  async ({ name, vault, isCouch }, { skip }) => {
    if (isCouch && !COUCHDB_URL) skip('COUCHDB_URL is not set');
    const couchdbPrefix = isCouch ? `kill-${randomBytes(4).toString('hex')}-` : undefined;
    if (COUCHDB_URL && couchdbPrefix) onTestFinished(() => deleteCouchDatabases(COUCHDB_URL, couchdbPrefix));
    const place: IntakePlace = { folder: freshFolder(), vault, couchdbPrefix };
    const rng = rngOf(SEED, 'intake', name);
    const stations = Array.from({ length: STATIONS }, (_none, nth) => newSendingStation(String(FIRST_STATION + nth)));
    const cardsFile = join(freshFolder(), 'cards.json');
    writeFileSync(cardsFile, JSON.stringify(stations.map(({ card }) => card)));
    const core = new KilledCore(place, cardsFile, await freePort());
    onTestFinished(() => core.kill());

    const reader = await core.start();
    await core.kill();
    await makeQuickToOpen(join(place.folder, 'core-keys.json'), INTAKE_PASSPHRASE);
    const size = (): number => rng.between(1, rng.below(LARGE_ONE_OF) === 0 ? LARGE_BYTES : MAX_BYTES);
    const packets = Array.from({ length: UPLOADS }, (_none, nth) =>
      newPacket(stations[nth % STATIONS] ?? newSendingStation(''), size(), reader),
    );
    const acknowledged: SentPacket[] = [];
    const delivering = Promise.all(
      stations.map((station) =>
        deliver({
          baseUrl: core.url,
          station,
          packets: packets.filter((packet) => packet.station === station),
          whenUp: () => core.up,
          onAcknowledged: (packet) => {
            acknowledged.push(packet);
            core.noteAcknowledged();
          },
        }),
      ),
    );
    const isDelivered = delivering.then(() => true);
    const begun = performance.now();
    let kills = 0;
    for (let isDone = false; !isDone; ) {
      await core.start();
      // As many as fit into the round, and more or fewer of them.
      const another = core.acknowledgements(rng.between(0, Math.ceil((2 * UPLOADS) / ROUNDS)));
      const killed = another.then(() => sleep(rng.below(LATEST_KILL_MS))).then(() => false);
      isDone = await Promise.race([isDelivered, killed]);
      await core.kill();
      kills += 1;
      // Also what is acknowledged in the moment of the kill was acknowledged.
      const { lost, held } = await lookInto(
        place,
        acknowledged.map(({ manifest }) => manifest),
      );
      expect({ kills, lost }).toEqual({ kills, lost: [] });
      const known = new Set(packets.map(({ manifest }) => manifest.packet.digest));
      expect([...held].filter((digest) => !known.has(digest))).toEqual([]);
    }
    expect(acknowledged.length).toBe(UPLOADS);
    expect(kills).toBeGreaterThanOrEqual(Math.floor(ROUNDS / 2));
    const bytes = acknowledged.reduce((sum, packet) => sum + packet.bytes.byteLength, 0);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(
      `${name}: ${kills} kills, ${acknowledged.length} acknowledged, ${bytes} bytes, ${seconds} s\n`,
    );
  },
);

/** The same core, on the same port, as often as it is started. */
class KilledCore {
  readonly url: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #up = Promise.withResolvers<void>();
  #acknowledged = 0;
  #waiting: { readonly count: number; readonly reached: () => void } | undefined;

  constructor({ folder, vault, couchdbPrefix = '' }: IntakePlace, cardsFile: string, port: number) {
    this.url = `http://127.0.0.1:${port}/`;
    this.#args = [CORE, folder, String(port), vault, couchdbPrefix, cardsFile];
  }

  /** Resolves when it can be asked. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  /** @returns the key that packets are sealed for. */
  async start(): Promise<PublicKey> {
    const child = spawn(process.execPath, [...this.#args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    const [line] = await once(createInterface(child.stdout), 'line');
    this.#up.resolve();
    return publicKeySchema.parse(JSON.parse(line));
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    this.#up = Promise.withResolvers();
    child.kill('SIGKILL');
    await once(child, 'close');
  }

  noteAcknowledged(): void {
    this.#acknowledged += 1;
    if (this.#waiting && this.#acknowledged >= this.#waiting.count) this.#waiting.reached();
  }

  /** Resolves when so many more were acknowledged. */
  acknowledgements(more: number): Promise<void> {
    if (more === 0) return Promise.resolve();
    return new Promise((reached) => {
      this.#waiting = { count: this.#acknowledged + more, reached };
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

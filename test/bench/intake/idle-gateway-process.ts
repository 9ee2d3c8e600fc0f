/**
 * The gateway under test, alone in its process, and what writes into the channels. Arguments: a folder, the number of
 * stations; COUCHDB_URL for a store that is not in the folder.
 */
import { randomBytes } from 'node:crypto';
import { startGateway } from '@enroute/core/gateway/start-gateway.ts';
import { openCore } from '@enroute/core/open-core.ts';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { deleteCouchDatabases } from '@enroute/core/store/couchdb/test-server.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { pino } from 'pino';
import { answerAsked, sharedNow } from './asked-process.ts';
import { memoryNow, stationNumbers, type Times, wakeSchema } from './idle-words.ts';

/** Channels that are written at the same time. */
const WRITERS = 4;
/** Stations that are made known at the same time. */
const BATCH = 500;

const [folder = '', count = '0'] = process.argv.slice(2);
const now = (): Date => new Date();
const log = pino({ level: 'error' }, process.stderr);
const couchdbUrl = process.env.COUCHDB_URL;
const couchdbPrefix = `idle-${randomBytes(4).toString('hex')}-`;
const core = await openCore({ folder, passphrase: 'bench', couchdbUrl, couchdbPrefix, now, log }, 'create');
const terms = await openTerms(core, log);
const signing = newSigningKeyPair();

/** As large as a card is; one key for all of them, so that whoever plays them need not be told ten thousand. */
function cardOf(station: string): StationCard {
  const person = (id: string) => ({ id, signingKey: publicKeyOf(newSigningKeyPair()) });
  return {
    v: 1,
    station,
    signingKey: publicKeyOf(signing),
    sealingKey: publicKeyOf(newSealingKeyPair()),
    operators: [person('amina'), person('bashir')],
    supervisors: [person('chinwe')],
  };
}

await makeKnown(stationNumbers(Number(count)));
const gateway = await startGateway({ folder, core, terms, now, log }, { host: '127.0.0.1', port: 0 }, {});

/** As the register does it, many at once. */
async function makeKnown([first = '', ...others]: readonly string[]): Promise<void> {
  await core.stations.register(cardOf(first));
  const entry = await core.stations.entry(first);
  for (let at = 0; at < others.length; at += BATCH) {
    const batch = others.slice(at, at + BATCH);
    await core.databases.stations.write(batch.map((station) => ({ ...entry, card: cardOf(station), _id: station })));
  }
}

async function inParallel(stations: readonly string[], work: (station: string) => Promise<void>): Promise<void> {
  const left = stations.values();
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (const station of left) await work(station);
    }),
  );
}

answerAsked(
  {
    open: () => ({ url: gateway.url, key: Buffer.from(JSON.stringify(keyOf())).toString('base64') }),
    /** Their channels are there, as after a registration with the core's own commands. */
    prepare: async (about) => {
      const { stations } = wakeSchema.parse(about);
      await inParallel(stations, async (station) => void (await core.databases.channel(station)));
    },
    memory: () => memoryNow(),
    wake: async (about) => {
      const { stations, name } = wakeSchema.parse(about);
      const written: Times = {};
      await inParallel(stations, async (station) => {
        const channel = await core.databases.channel(station);
        const [result] = await channel.write([{ _id: `task:${name}` }]);
        if (!result?.ok) throw new Error(`not written: ${station}`);
        written[station] = sharedNow();
      });
      return written;
    },
  },
  async () => {
    await gateway.stop();
    await terms.stop();
    await core.close();
    if (couchdbUrl) await deleteCouchDatabases(couchdbUrl, couchdbPrefix);
  },
);

function keyOf() {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return { keyId: signing.keyId, publicKey: hex(signing.publicKey), secretKey: hex(signing.secretKey) };
}

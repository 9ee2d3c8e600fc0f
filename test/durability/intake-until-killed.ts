/**
 * The victim of the tests of the intake: a whole core's gateway over its own folder, until it is killed. Arguments: the
 * folder, the port, where packets lie ('disk' or 'store'), the prefix of the databases in a CouchDB whose address is in
 * COUCHDB_URL (the embedded store where it is empty), and a file with the cards of the stations. Prints the key that
 * packets are sealed for when it can be asked.
 */
import { readFileSync, writeSync } from 'node:fs';
import { startGateway } from '@enroute/core/gateway/start-gateway.ts';
import { openCore } from '@enroute/core/open-core.ts';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { pino } from 'pino';
import { z } from 'zod';
import { INTAKE_PASSPHRASE } from './intake-folder.ts';

/** Often, so that there is much that was acknowledged. */
const PROGRESS_MS = 10;

const [folder = '', port = '0', vault = 'disk', couchdbPrefix = '', cardsFile = ''] = process.argv.slice(2);
const now = (): Date => new Date();
const log = pino({ level: 'error' }, process.stderr);
const core = await openCore(
  {
    folder,
    passphrase: INTAKE_PASSPHRASE,
    couchdbUrl: couchdbPrefix ? process.env.COUCHDB_URL : undefined,
    couchdbPrefix,
    vault: vault === 'store' ? 'store' : 'disk',
    now,
    log,
  },
  'create',
);
const known = new Set((await core.stations.list()).map(({ station }) => station));
const cards = z.array(stationCardSchema).parse(JSON.parse(readFileSync(cardsFile, 'utf8')));
for (const card of cards) if (!known.has(card.station)) await core.register(card);
const terms = await openTerms(core, log);
const place = { host: '127.0.0.1', port: Number(port) };
await startGateway({ folder, core, terms, now, log }, place, { progressMs: PROGRESS_MS });
writeSync(1, `${JSON.stringify(core.card.sealingKey)}\n`);

/**
 * The gateway under test, alone in its process: an open core and its door, and no worker. Arguments: a folder, and where
 * packets lie: `disk` beside the embedded store, or `store` for CouchDB, whose address is in COUCHDB_URL.
 */
import { randomBytes } from 'node:crypto';
import { startGateway } from '@enroute/core/gateway/start-gateway.ts';
import { openCore } from '@enroute/core/open-core.ts';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { deleteCouchDatabases } from '@enroute/core/store/couchdb/test-server.ts';
import { pino } from 'pino';
import { answerAsked } from './asked-process.ts';
import { cardsSchema } from './intake-words.ts';

const [folder = '', vault = 'disk'] = process.argv.slice(2);
const now = (): Date => new Date();
const log = pino({ level: 'error' }, process.stderr);
const couchdbUrl = vault === 'store' ? process.env.COUCHDB_URL : undefined;
const couchdbPrefix = `intake-${randomBytes(4).toString('hex')}-`;
const core = await openCore(
  { folder, passphrase: 'bench', couchdbUrl, couchdbPrefix, vault: couchdbUrl ? 'store' : 'disk', now, log },
  'create',
);
const terms = await openTerms(core, log);
const gateway = await startGateway({ folder, core, terms, now, log }, { host: '127.0.0.1', port: 0 }, {});

answerAsked(
  {
    open: () => ({ url: gateway.url, reader: core.card.sealingKey }),
    register: async (about) => {
      for (const card of cardsSchema.parse(about)) await core.register(card);
    },
  },
  async () => {
    await gateway.stop();
    await terms.stop();
    await core.close();
    if (couchdbUrl) await deleteCouchDatabases(couchdbUrl, couchdbPrefix);
  },
);

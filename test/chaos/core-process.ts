/** The core as a process of its own: `core-process.ts <folder> <port>`. */
import { join } from 'node:path';
import { startCore } from '@enroute/core/core.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { answer } from './asked.ts';
import { SECRETS } from './secrets.ts';

const [folder = '', port = '0'] = process.argv.slice(2);
const core = await startCore({
  folder,
  passphrase: SECRETS.core,
  couchdbUrl: undefined,
  couchdbPrefix: '',
  host: '127.0.0.1',
  port: Number(port),
  gateway: { progressMs: 250 },
  now: () => new Date(),
  log: openLogFile(join(folder, 'core.log')),
});
answer({ conservation: () => core.conservation() });

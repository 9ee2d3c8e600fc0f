/**
 * The victim of the tests in `test/durability`: the gateway's data plane over a folder, for one packet, until it is killed.
 * Arguments: the folder, and a file with the registration. Prints its port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
import { openDiskVault } from '../../vault/disk-vault.ts';
import { fileMedium } from './file-medium.ts';
import { IncomingStore } from './incoming-store.ts';
import { uploadsApp } from './uploads-app.fixture.ts';

/** Often, so that there is much that was acknowledged. */
const PROGRESS_MS = 10;

const [folder = '', registrationFile = ''] = process.argv.slice(2);
const registration = JSON.parse(readFileSync(registrationFile, 'utf8')) as StoredRegistration;
/** The bytes are what is tested: the registration is forgotten with the process. */
const registrations = {
  get: async () => registration,
  write: async () => [{ ok: true, id: registration._id, rev: registration._rev }],
} as unknown as Database;

const app = uploadsApp(registration.station, {
  incoming: new IncomingStore(fileMedium(join(folder, 'incoming')), PROGRESS_MS),
  vault: openDiskVault(join(folder, 'vault')),
  registrations,
  now: () => new Date(),
  log: pino({ level: 'silent' }),
});
const server = createServer(app);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type OpenedCore, openCore } from '../open-core.ts';
import { authorityOf } from '../stations/invitation-place.ts';
import { coreConfigSchema } from './core-config.ts';
import { openOptionsOf } from './core-settings.ts';

const STATION = '1000110077';
const NOW = new Date('2026-03-01T10:00:00.000Z');

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-settings-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function opened(folder: string, more: object): Promise<OpenedCore> {
  const config = coreConfigSchema.parse({ folder, ...more });
  const secrets = { passphrase: 'correct horse', couchdbUser: undefined, couchdbPassword: undefined };
  const log = pino({ enabled: false });
  const core = await openCore({ ...openOptionsOf(config, secrets), now: () => NOW, log }, 'create');
  onTestFinished(() => core.close());
  return core;
}

describe('an invitation of a configured core', () => {
  it('is good for as long as is configured, and names address and authority of the gateway', async () => {
    const folder = await newFolder();
    const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }], { keyType: 'ec' });
    const tls = { cert: join(folder, 'gateway.pem'), key: join(folder, 'gateway.key') };
    await writeFile(tls.cert, pair.cert);
    const core = await opened(folder, { gateway: { host: '::1', port: 8443, tls }, stations: { invitationHours: 3 } });
    const { token, expiresAt } = await core.stationAdministration.invite(STATION, 'noor');
    expect(expiresAt).toBe('2026-03-01T13:00:00.000Z');
    expect(parseInvitation(token)).toMatchObject({ url: 'https://[::1]:8443/', ca: authorityOf(pair.cert) });
    const said = await core.stationAdministration.invite(STATION, 'noor', { validHours: 1 });
    expect(said.expiresAt).toBe('2026-03-01T11:00:00.000Z');
  });

  it('is not made where nobody has said how the gateway is reached', async () => {
    const core = await opened(await newFolder(), { gateway: { host: '0.0.0.0' } });
    const made = core.stationAdministration.invite(STATION, 'noor');
    await expect(made).rejects.toMatchObject({ code: 'ENR-CFG-006' });
    await expect(core.stationAdministration.describe(STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
  });
});

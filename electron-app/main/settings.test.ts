import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findPassphrase } from './passphrase.ts';
import { readSettings } from './settings.ts';

const GATEWAY = 'https://gateway.example/';

describe('Settings', () => {
  it('come from the environment', () => {
    const env = { ENROUTE_STATION_FOLDER: '/data/s', ENROUTE_GATEWAY_URL: GATEWAY, ENROUTE_STATION_PASSPHRASE: 'p' };
    expect(readSettings([], env, '/user')).toEqual({
      folder: resolve('/data/s'),
      gatewayUrl: GATEWAY,
      caFile: undefined,
      passphrase: 'p',
    });
  });

  it('name the file of the country’s own authority, or none', () => {
    const env = { ENROUTE_GATEWAY_URL: GATEWAY, ENROUTE_GATEWAY_CA: '/data/ca.pem' };
    expect(readSettings([], env, '/user').caFile).toBe(resolve('/data/ca.pem'));
    expect(readSettings(['--ca', 'other.pem'], env, '/user').caFile).toBe(resolve('other.pem'));
    expect(readSettings([], { ...env, ENROUTE_GATEWAY_CA: '' }, '/user').caFile).toBeUndefined();
  });

  it('on the command line win, and Electron’s own switches are let be', () => {
    const env = { ENROUTE_STATION_FOLDER: '/data/s', ENROUTE_GATEWAY_URL: 'http://other.example/' };
    const args = ['main.mjs', '--no-sandbox', '--folder=/data/t', '--gateway', GATEWAY];
    expect(readSettings(args, env, '/user')).toMatchObject({ folder: resolve('/data/t'), gatewayUrl: GATEWAY });
  });

  it('put the station into the user’s own folder when nothing else is said', () => {
    const { folder, passphrase } = readSettings([], { ENROUTE_GATEWAY_URL: GATEWAY }, '/user');
    expect([folder, passphrase]).toEqual([resolve('/user/station'), undefined]);
  });

  it.each([undefined, 'gateway', 'file:///etc/passwd', 'javascript:alert(1)'])('refuse the gateway %s', (gateway) => {
    expect(() => readSettings([], { ENROUTE_GATEWAY_URL: gateway }, '/user')).toThrow('http or https');
  });
});

describe('The passphrase', () => {
  const keyRing = (backend: 'gnome_libsecret' | 'basic_text', available = true) => ({
    isEncryptionAvailable: () => available,
    getSelectedStorageBackend: () => backend,
    encryptString: (text: string) => Buffer.from(text).map((byte) => byte ^ 0xff) as Buffer,
    decryptString: (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0xff)).toString(),
  });
  let path: string;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'enroute-passphrase-')), 'passphrase.sealed');
  });

  it('given once is kept encrypted, and found again', async () => {
    const given = await findPassphrase(keyRing('gnome_libsecret'), path, 'correct horse');
    expect(await given.remember()).toBe(true);
    expect((await readFile(path)).includes('correct horse')).toBe(false);
    expect((await findPassphrase(keyRing('gnome_libsecret'), path, undefined)).value).toBe('correct horse');
  });

  it('is not kept before it has proved to be right', async () => {
    await findPassphrase(keyRing('gnome_libsecret'), path, 'wrong');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('is not kept where the key store is missing or only pretends', async () => {
    const backend = process.platform === 'linux' ? keyRing('basic_text') : keyRing('basic_text', false);
    for (const store of [backend, keyRing('gnome_libsecret', false)]) {
      expect(await (await findPassphrase(store, path, 'p')).remember()).toBe(false);
    }
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('that was neither given nor kept is asked for with a code', async () => {
    await expect(findPassphrase(keyRing('gnome_libsecret'), path, undefined)).rejects.toThrow('ENR-STN-005');
  });
});

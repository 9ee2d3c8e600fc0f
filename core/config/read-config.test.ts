import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configKeys, configTable } from './config-table.ts';
import { defaultConfig } from './core-config.ts';
import { parseConfig, readConfig } from './read-config.ts';

const parse = (text: string) => parseConfig(text, '/etc/enroute/core.yaml');

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    return String(error);
  }
  throw new Error('It was taken.');
}

describe('the configuration file', () => {
  it('that says only where the core is has a default for everything else', () => {
    expect(parse('folder: /var/lib/enroute')).toEqual(defaultConfig('/var/lib/enroute'));
  });

  it('may name a folder beside itself', () => {
    expect(parse('folder: ./core').folder).toBe('/etc/enroute/core');
    expect(parse('folder: /var/lib/enroute/').folder).toBe('/var/lib/enroute');
  });

  it('keeps what is set, and the defaults beside it', () => {
    const { gateway } = parse('folder: /f\ngateway:\n  port: 443\n  tls: { cert: /c.pem, key: /k.pem }\n');
    expect(gateway).toMatchObject({ host: '127.0.0.1', port: 443, tls: { cert: '/c.pem', clientCa: null } });
  });

  it('is refused with a key that nobody knows, which is named with the one that was meant', () => {
    expect(refusal('folder: /f\ngatway: {}')).toContain('gatway: there is no such key; did you mean "gateway"?');
    const nested = refusal('folder: /f\ngateway:\n  tls:\n    crt: /c.pem');
    expect(nested).toContain('gateway.tls.crt: there is no such key; did you mean "cert"?');
    expect(refusal('folder: /f\nlog:\n  destination: x')).toContain(
      'log.destination: there is no such key; there is: level.',
    );
  });

  it('is refused with every place that is wrong, at once', () => {
    const said = refusal('folder: /f\ngateway:\n  port: 70000\n  drainSeconds: soon\nstore:\n  kind: couchdb');
    for (const place of ['gateway.port', 'gateway.drainSeconds', 'store.url']) expect(said).toContain(`${place}:`);
  });

  it.each([
    ['a password in the address', 'folder: /f\nstore: { kind: couchdb, url: "http://admin:geheim@db:5984" }'],
    ['a certificate without its key', 'folder: /f\ngateway: { tls: { cert: /c.pem } }'],
    ['a key twice', 'folder: /f\nfolder: /g'],
    ['an alias', 'folder: &a /f\nstore: { prefix: *a }'],
    ['a list in its place', '- folder'],
    ['no folder', ''],
  ])('is refused with %s', (_what, text) => {
    const said = refusal(text);
    expect(said).toContain('ENR-CFG-002');
    expect(said).not.toContain('geheim');
  });

  it('that is not there, or is something else, is told with a code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'core.yaml');
    await expect(readConfig(path)).rejects.toMatchObject({ code: 'ENR-CFG-001' });
    await writeFile(path, '#'.repeat(300 * 1024));
    await expect(readConfig(path)).rejects.toMatchObject({ code: 'ENR-CFG-001' });
  });
});

describe('the table of keys', () => {
  it('says of every key what it is', () => {
    for (const { key, what } of configKeys()) expect(what, key).not.toBe('');
    expect(configKeys().length).toBeGreaterThanOrEqual(40);
  });

  it('stands in docs/operations.md as it is', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    expect(page).toContain(configTable());
  });
});

import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { APP_URL, CONTENT_SECURITY_POLICY, isAppUrl, serveAppFiles } from './app-files.ts';

let serve: (request: Request) => Promise<Response>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-files-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await mkdir(join(folder, 'page-of-others'));
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'page', 'assets', 'index.js'), 'export {};');
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(join(folder, 'page-of-others', 'secret.js'), 'secret');
  await writeFile(join(folder, 'page', 'passphrase.sealed'), 'secret');
  serve = serveAppFiles(join(folder, 'page'));
});

describe('The app’s own scheme', () => {
  it('serves the page with a policy that lets it talk to nobody', async () => {
    const response = await serve(new Request(APP_URL));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|connect-src|https?:|\*/);
  });

  it('serves what lies in folders of the page', async () => {
    const response = await serve(new Request(new URL('./assets/index.js', APP_URL)));
    expect(await response.text()).toBe('export {};');
  });

  it.each([
    'enroute://station/missing.js',
    'enroute://station/../secret.js',
    'enroute://station/..%2fsecret.js',
    'enroute://station/..%2fpage-of-others%2fsecret.js',
    'enroute://station/..%5csecret.js',
    'enroute://station/passphrase.sealed',
    'enroute://station/%00.js',
    'enroute://station/%',
    'enroute://station/',
    'enroute://elsewhere/index.html',
  ])('does not serve %s', async (url) => {
    const response = await serve(new Request(url));
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  it('answers GET only', async () => {
    expect((await serve(new Request(APP_URL, { method: 'POST' }))).status).toBe(404);
  });

  it('knows its own addresses', () => {
    expect([APP_URL, 'enroute://station.evil/', 'enroute:station', 'https://station/'].map(isAppUrl)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('has the same policy in the page itself, should a header ever be lost', async () => {
    const page = await readFile(join(import.meta.dirname, '..', 'renderer', 'index.html'), 'utf8');
    expect(page).toContain(`content="${CONTENT_SECURITY_POLICY.join('; ')}"`);
  });
});

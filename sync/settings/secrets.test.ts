import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSameSecret, readEnvironment, secret, takeSecrets } from './secrets.ts';

const schema = z.object({
  KEY: secret('opens the key file', 12),
  TOKEN: secret('guards the page', 16),
  URL: z.url().optional(),
});

describe('secrets from the environment', () => {
  it('are taken as they are', () => {
    const environment = { KEY: 'a'.repeat(12), TOKEN: 'b'.repeat(16), OTHER: 'x' };
    expect(readEnvironment(schema, environment)).toEqual({ KEY: 'a'.repeat(12), TOKEN: 'b'.repeat(16) });
  });

  it('are asked for by name and purpose when they are missing or short, and never shown', () => {
    const read = () => readEnvironment(schema, { TOKEN: 'planted-short', URL: 'planted-nonsense' });
    expect(read).toThrow('KEY: It opens the key file; set it, at least 12 characters long.');
    expect(read).toThrow('TOKEN: It guards the page; set it, at least 16 characters long.');
    expect(read).toThrow('URL: Invalid URL');
    expect(read).not.toThrow('planted');
  });
});

describe('an environment that was read', () => {
  const start = () => ({ KEY: 'a'.repeat(12), TOKEN: 'b'.repeat(16), ENROUTE_OTHER_PASSWORD: 'c', HOME: '/home' });

  it('has no secret left, whether or not it was asked for', () => {
    const environment = start();
    readEnvironment(schema, environment);
    expect(environment).toEqual({ HOME: '/home' });
  });

  it('has none left either when a secret is missing', () => {
    const environment: NodeJS.ProcessEnv = { TOKEN: 'b'.repeat(16), COUCHDB_URL: 'http://admin:planted@host/' };
    expect(() => readEnvironment(schema, environment)).toThrow('KEY');
    expect(environment).toEqual({});
  });

  it('can be read again, in full and in part, and what was set meanwhile counts', () => {
    const environment: NodeJS.ProcessEnv = start();
    const first = readEnvironment(schema, environment);
    expect(readEnvironment(schema, environment)).toEqual(first);
    expect(readEnvironment(z.object({ ENROUTE_OTHER_PASSWORD: z.string() }), environment)).toEqual({
      ENROUTE_OTHER_PASSWORD: 'c',
    });
    environment.KEY = 'd'.repeat(12);
    expect(readEnvironment(schema, environment).KEY).toBe('d'.repeat(12));
    expect(environment).toEqual({ HOME: '/home' });
  });

  it('is not mixed up with another', () => {
    readEnvironment(schema, start());
    expect(() => readEnvironment(schema, {})).toThrow('KEY');
  });

  it("is no more what child processes are given, when it is the process's own", () => {
    process.env.ENROUTE_PLANTED_TOKEN = 'planted';
    expect(takeSecrets(process.env).ENROUTE_PLANTED_TOKEN).toBe('planted');
    const { stdout } = spawnSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { encoding: 'utf8' });
    expect(Object.keys(JSON.parse(stdout))).toContain('PATH');
    expect(stdout).not.toContain('planted');
  });
});

describe('a secret that is shown', () => {
  it('is the same only to the letter', () => {
    expect(isSameSecret('abc', 'abc')).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '', 'ABC']) expect(isSameSecret(other, 'abc')).toBe(false);
  });
});

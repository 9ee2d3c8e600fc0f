import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSameSecret, readEnvironment, secret } from './secrets.ts';

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

describe('a secret that is shown', () => {
  it('is the same only to the letter', () => {
    expect(isSameSecret('abc', 'abc')).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '', 'ABC']) expect(isSameSecret(other, 'abc')).toBe(false);
  });
});

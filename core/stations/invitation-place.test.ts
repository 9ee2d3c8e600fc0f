import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { authorityOf, reachableUrl } from './invitation-place.ts';

describe('what an invitation says of the gateway', () => {
  it('is an address that somebody could go to', () => {
    for (const url of ['https://gateway.example/', 'http://10.1.0.7:8080/', 'http://[2001:db8::1]:8080/']) {
      expect(reachableUrl(url)).toBe(url);
    }
    for (const url of ['http://0.0.0.0:8080/', 'https://[::]:8080/', '']) {
      expect(() => reachableUrl(url)).toThrow(expect.objectContaining({ code: 'ENR-CFG-006' }));
    }
  });

  it('names the authority that stands at the end of its certificates, and none where none does', async () => {
    const extensions = [{ name: 'basicConstraints', cA: true, critical: true }] as const;
    const root = await generate([{ name: 'commonName', value: 'Country' }], {
      keyType: 'ec',
      extensions: [...extensions],
    });
    const leaf = await generate([{ name: 'commonName', value: 'gateway.example' }], {
      keyType: 'ec',
      ca: { key: root.private, cert: root.cert },
    });
    const digest = new X509Certificate(root.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(authorityOf(`${leaf.cert}\n${root.cert}`)).toBe(digest);
    expect(authorityOf(leaf.cert)).toBeUndefined();
    expect(authorityOf(undefined)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { hasDigest, hmac, isSigned, type Signer, signatureBase, signMessage } from './message-signature.ts';

const NOW = new Date('2026-03-01T08:00:00.000Z');
const BODY = Buffer.from('{"answers":[]}');
const MESSAGE = { method: 'POST', target: '/stages/civil-register/answers' };
const SIGNER: Signer = { keyId: 'civil-register', secret: 'a secret of thirty-two characters', tag: 'enroute-answer' };

const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

describe('the signature of a message', () => {
  it('is the one that RFC 9421 gives as its example (B.2.5)', () => {
    const secret = Buffer.from(
      'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
      'base64',
    );
    const params = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"';
    const base = signatureBase(
      [
        ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
        ['@authority', 'example.com'],
        ['content-type', 'application/json'],
      ],
      params,
    );
    expect(hmac(base, secret).toString('base64')).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
  });

  it('holds for what was signed, for five minutes before and after', () => {
    const headers = signMessage(MESSAGE, BODY, SIGNER, NOW);
    for (const at of [later(-300), NOW, later(300)]) expect(isSigned(MESSAGE, headers, SIGNER, at)).toBe(true);
    for (const at of [later(-301), later(301)]) expect(isSigned(MESSAGE, headers, SIGNER, at)).toBe(false);
    expect(hasDigest(headers['content-digest'], BODY)).toBe(true);
  });

  it('covers an address with a query', () => {
    const message = { method: 'POST', target: '/ask?office=7' };
    const headers = signMessage(message, BODY, SIGNER, NOW);
    expect(isSigned(message, headers, SIGNER, NOW)).toBe(true);
    expect(isSigned({ method: 'POST', target: '/ask?office=8' }, headers, SIGNER, NOW)).toBe(false);
    expect(isSigned({ method: 'POST', target: '/ask' }, headers, SIGNER, NOW)).toBe(false);
  });

  it('takes the parameters in any order', () => {
    const { 'signature-input': input, ...headers } = signMessage(MESSAGE, BODY, SIGNER, NOW);
    const [, list, created] = /^enroute=(\(.*\));created=(\d+)/.exec(input) ?? [];
    const params = `${list};tag="enroute-answer";alg="hmac-sha256";keyid="civil-register";created=${created}`;
    const base = signatureBase(
      [
        ['@method', 'POST'],
        ['@path', MESSAGE.target],
        ['@query', '?'],
        ['content-digest', headers['content-digest']],
      ],
      params,
    );
    const signature = `enroute=:${hmac(base, SIGNER.secret).toString('base64')}:`;
    expect(isSigned(MESSAGE, { ...headers, 'signature-input': `enroute=${params}`, signature }, SIGNER, NOW)).toBe(
      true,
    );
  });

  it.each<[string, Partial<Signer>]>([
    ['another secret', { secret: 'another secret of thirty-two chars' }],
    ['the name of another stage', { keyId: 'citizenship' }],
    ['that of a question, shown as an answer', { tag: 'enroute-question' }],
  ])('does not hold with %s', (_what, change) => {
    const headers = signMessage(MESSAGE, BODY, { ...SIGNER, ...change }, NOW);
    expect(isSigned(MESSAGE, headers, SIGNER, NOW)).toBe(false);
  });

  it('does not hold for another method, another address or another body', () => {
    const headers = signMessage(MESSAGE, BODY, SIGNER, NOW);
    expect(isSigned({ ...MESSAGE, method: 'PUT' }, headers, SIGNER, NOW)).toBe(false);
    expect(isSigned({ ...MESSAGE, target: '/stages/other/answers' }, headers, SIGNER, NOW)).toBe(false);
    const another = signMessage(MESSAGE, Buffer.from('{}'), SIGNER, NOW);
    const digest = another['content-digest'];
    expect(isSigned(MESSAGE, { ...headers, 'content-digest': digest }, SIGNER, NOW)).toBe(false);
    expect(hasDigest(headers['content-digest'], Buffer.from('{}'))).toBe(false);
  });

  it.each([
    ['less covered', '("@method" "@path");created=1;keyid="civil-register";alg="hmac-sha256";tag="enroute-answer"'],
    ['no time', '("@method" "@path" "@query" "content-digest");keyid="civil-register";alg="hmac-sha256"'],
    ['a parameter twice', '("@method" "@path" "@query" "content-digest");created=1;created=2;alg="hmac-sha256"'],
    ['a parameter that nobody knows', '("@method" "@path" "@query" "content-digest");created=1;x=1'],
    ['another algorithm', '("@method" "@path" "@query" "content-digest");created=1;alg="none"'],
    ['nothing', ''],
  ])('does not hold with %s, whatever is signed', (_what, params) => {
    const headers = signMessage(MESSAGE, BODY, SIGNER, NOW);
    const covered: [string, string][] = [
      ['@method', 'POST'],
      ['@path', MESSAGE.target],
      ['@query', '?'],
      ['content-digest', headers['content-digest']],
    ];
    const base = signatureBase(covered, params);
    const signature = `enroute=:${hmac(base, SIGNER.secret).toString('base64')}:`;
    const shown = { ...headers, 'signature-input': `enroute=${params}`, signature };
    expect(isSigned(MESSAGE, shown, SIGNER, NOW)).toBe(false);
    for (const name of Object.keys(headers))
      expect(isSigned(MESSAGE, { ...headers, [name]: undefined }, SIGNER, NOW)).toBe(false);
  });
});

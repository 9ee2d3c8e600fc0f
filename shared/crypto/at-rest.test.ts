import { describe, expect, it } from 'vitest';
import { decryptAtRest, encryptAtRest } from './at-rest.ts';

const key = new Uint8Array(32).fill(7);
const record = { identity: { fullName: [{ language: 'ara', value: 'ليلى' }] }, packets: ['a'] };

describe('a record at rest', () => {
  it('comes back with its key, from its place', () => {
    const sealed = encryptAtRest(record, 'identity:1', key);
    expect(sealed).not.toContain('fullName');
    expect(decryptAtRest(sealed, 'identity:1', key)).toEqual(record);
  });

  it('is different every time', () => {
    expect(encryptAtRest(record, 'identity:1', key)).not.toBe(encryptAtRest(record, 'identity:1', key));
  });

  it('does not come back from another place, with another key, or changed', () => {
    const sealed = encryptAtRest(record, 'identity:1', key);
    expect(decryptAtRest(sealed, 'identity:2', key)).toBeUndefined();
    expect(decryptAtRest(sealed, 'identity:1', new Uint8Array(32).fill(8))).toBeUndefined();
    expect(decryptAtRest(`${sealed.slice(0, -4)}AAAA`, 'identity:1', key)).toBeUndefined();
    expect(decryptAtRest('', 'identity:1', key)).toBeUndefined();
  });
});

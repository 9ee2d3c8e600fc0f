import { describe, expect, it } from 'vitest';
import { describeStatus, isStatusCode, STATUS_CODES, STATUS_TABLES } from './codes.ts';
import { EnrouteError } from './enroute-error.ts';

describe('the table of status codes', () => {
  it('gives every code the same shape', () => {
    for (const code of STATUS_CODES) expect(code).toMatch(/^ENR-[A-Z]{3}-\d{3}$/);
  });

  it('has each code in one table only', () => {
    const everywhere = STATUS_TABLES.flatMap((table) => Object.keys(table));
    expect(everywhere.toSorted()).toEqual([...STATUS_CODES].sort());
  });

  it('has no two codes that say the same', () => {
    const sentences = STATUS_CODES.map((code) => describeStatus(code).sentence);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('tells the operator in whole sentences what happened and what to do', () => {
    for (const code of STATUS_CODES) {
      const { sentence, next } = describeStatus(code);
      expect(sentence, code).toMatch(/^[A-Z].{15,}\.$/);
      expect(next, code).toMatch(/^[A-Z].{4,}\.$/);
    }
  });

  it('knows its own codes and no others', () => {
    expect(isStatusCode('ENR-DDP-001')).toBe(true);
    expect(isStatusCode('toString')).toBe(false);
  });

  it('is what an error says', () => {
    expect(new EnrouteError('ENR-DDP-001', 'x').message).toContain('ENR-DDP-001: A person with the same name');
  });
});

import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { signMaster } from '@enroute/shared/schemas/master.ts';
import { signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { describe, expect, it } from 'vitest';
import { downId, isDownId, parseDown, parseUp } from './documents.ts';

const rid = '10001100770000120260301100000';
const receipt = signReceipt(
  {
    v: 1,
    rid,
    station: '1000110077',
    digest: 'a'.repeat(64),
    at: '2026-03-01T10:00:00.000Z',
    epoch: 'first',
    kind: 'RECEIVED',
  },
  newSigningKeyPair(),
);

describe('the ids of a channel', () => {
  it('belong to the station or to the core, never to both', () => {
    for (const id of [`manifest:${rid}`, 'heartbeat']) {
      expect(isDownId(id)).toBe(false);
      expect(() => parseDown(id, {})).toThrow(/ENR-CHN-001/);
    }
    for (const id of [
      `receipt:${rid}:RECEIVED`,
      `result:${rid}`,
      `task:${rid}:01`,
      'master:station',
      'master:devices',
    ]) {
      expect(isDownId(id)).toBe(true);
      expect(() => parseUp(id, {})).toThrow(/ENR-CHN-001/);
    }
    for (const id of ['', 'x', 'receipt', 'Receipt:x', ' receipt:x']) {
      expect(isDownId(id)).toBe(false);
      expect(() => parseUp(id, {})).toThrow(/ENR-CHN-001/);
      expect(() => parseDown(id, {})).toThrow(/ENR-CHN-001/);
    }
  });
});

describe('a document that came down', () => {
  it('is read under its own id and under no other', () => {
    const id = `receipt:${rid}:RECEIVED`;
    const document = parseDown(id, receipt);
    expect(document).toEqual({ kind: 'receipt', body: receipt });
    expect(downId(document)).toBe(id);
    expect(() => parseDown(`receipt:${rid}:OUTCOME`, receipt)).toThrow(/ENR-CHN-002/);
  });

  it('may be master data, each of its two kinds under its own id', () => {
    const common = { v: 1, station: '1000110077', number: 1, at: '2026-03-01T10:00:00.000Z' } as const;
    const devices = signMaster({ ...common, kind: 'devices', blocked: [], calibrated: [] }, newSigningKeyPair());
    const document = parseDown('master:devices', devices);
    expect(document).toEqual({ kind: 'master', body: devices });
    expect(downId(document)).toBe('master:devices');
    for (const id of ['master:station', 'master:']) expect(() => parseDown(id, devices)).toThrow(/ENR-CHN-002/);
  });

  it('that is not as its kind demands is refused with the name of the field and not with what stands in it', () => {
    const thrown = (() => {
      try {
        return parseDown(`receipt:${rid}:RECEIVED`, { ...receipt, station: 'Amina Diallo' });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: 'ENR-CHN-002', detail: 'station' });
    expect(String(thrown)).not.toContain('Amina');
  });
});

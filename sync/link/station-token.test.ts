import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { claimedStation, signStationToken, verifyStationToken } from './station-token.ts';

const station = '1000110077';
const key = newSigningKeyPair();
const now = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe("a station's token", () => {
  it('verifies for the station and key that made it', async () => {
    const token = await signStationToken(station, key, now);
    expect(claimedStation(token)).toBe(station);
    await expect(verifyStationToken(token, station, publicKeyOf(key), now)).resolves.toBeUndefined();
  });

  it('does not verify for another station, another key, or when it was changed', async () => {
    const token = await signStationToken(station, key, now);
    await expect(verifyStationToken(token, '1000110078', publicKeyOf(key), now)).rejects.toThrow(/ENR-AUT-002/);
    await expect(verifyStationToken(token, station, publicKeyOf(newSigningKeyPair()), now)).rejects.toThrow(
      /ENR-AUT-002/,
    );
    const [head, , tail] = token.split('.');
    const forged = `${head}.${Buffer.from(JSON.stringify({ iss: station })).toString('base64url')}.${tail}`;
    await expect(verifyStationToken(forged, station, publicKeyOf(key), now)).rejects.toThrow(/ENR-AUT-002/);
  });

  it('is no less looked at because it was verified before', async () => {
    const token = await signStationToken(station, key, now);
    const known = publicKeyOf(key);
    const verify = (text: string, number = station, at = now) => verifyStationToken(text, number, known, at);
    await verify(token);
    await expect(verify(token)).resolves.toBeUndefined();
    await expect(verify(token, '1000110078')).rejects.toThrow(/ENR-AUT-002/);
    await expect(verify(`${token}A`)).rejects.toThrow(/ENR-AUT-002/);
    await expect(verify(token, station, after(361))).rejects.toThrow(/ENR-AUT-003/);
    await expect(verify(token, station, after(-61))).rejects.toThrow(/ENR-AUT-003/);
    await expect(verify(token, station, after(-59))).resolves.toBeUndefined();
  });

  it('is told apart when only the clock is wrong', async () => {
    const token = await signStationToken(station, key, now);
    await expect(verifyStationToken(token, station, publicKeyOf(key), after(361))).rejects.toThrow(/ENR-AUT-003/);
    await expect(verifyStationToken(token, station, publicKeyOf(key), after(-61))).rejects.toThrow(/ENR-AUT-003/);
    await expect(verifyStationToken(token, station, publicKeyOf(key), after(-59))).resolves.toBeUndefined();
  });

  it('is nobody’s when it is not a token', () => {
    for (const text of ['', 'a.b.c', 'nonsense', `${Buffer.from('{}').toString('base64url')}..`]) {
      expect(claimedStation(text)).toBeUndefined();
    }
  });
});

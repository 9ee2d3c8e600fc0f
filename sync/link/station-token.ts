/**
 * What a station shows the gateway with every request: a short-lived JWT, signed with the station's own key. Nothing
 * that could be stolen from the core opens a station's channel, and a token that was overheard is soon worth nothing.
 */
import { hash, randomUUID } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import type { KeyPair, PublicKey } from '@enroute/shared/crypto/keys.ts';
import { STATION_PATTERN } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { decodeJwt, errors, importJWK, jwtVerify, SignJWT } from 'jose';

const AUDIENCE = 'enroute-core';
const TYPE = 'enroute-station+jwt';
export const LIFETIME_S = 300;
/** Difference between two clocks that is let pass. */
export const TOLERANCE_S = 60;

/** @param now the core's time, as well as the station knows it. */
export async function signStationToken(station: string, key: KeyPair, now: Date): Promise<string> {
  // libsodium's Ed25519 secret key is seed and public key, one behind the other; a JWK wants the seed.
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(key.publicKey), d: toBase64Url(key.secretKey.slice(0, 32)) };
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: key.keyId })
    .setIssuer(station)
    .setAudience(AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_S)
    .sign(await importJWK(jwk, 'EdDSA'));
}

/** The station that a token claims to come from, before anything of it was verified; undefined when it is no token. */
export function claimedStation(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return iss !== undefined && STATION_PATTERN.test(iss) ? iss : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param key the station's signing key, as the core knows it.
 * @throws EnrouteError ENR-AUT-003 when only its times are wrong, ENR-AUT-002 for anything else.
 */
export async function verifyStationToken(token: string, station: string, key: PublicKey, now: Date): Promise<void> {
  const [digest, nowS] = [hash('sha256', `${station} ${token}`), now.getTime() / 1000];
  const last = lastVerified.get(key);
  if (last?.digest === digest && last.issuedAtS <= nowS && nowS < last.expiresAtS) return;
  try {
    const { payload } = await jwtVerify(token, await imported(key), {
      algorithms: ['EdDSA'],
      typ: TYPE,
      issuer: station,
      audience: AUDIENCE,
      currentDate: now,
      clockTolerance: TOLERANCE_S,
      maxTokenAge: LIFETIME_S,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
    // A token that lives longer than ours do was not made by a station of ours.
    const { iat: issuedAtS = 0, exp: expiresAtS = 0 } = payload;
    if (expiresAtS - issuedAtS > LIFETIME_S) throw new EnrouteError('ENR-AUT-002', 'lives too long');
    lastVerified.set(key, { digest, issuedAtS, expiresAtS });
  } catch (error) {
    if (error instanceof EnrouteError) throw error;
    const timed =
      error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iat');
    throw new EnrouteError(timed ? 'ENR-AUT-003' : 'ENR-AUT-002', undefined, error);
  }
}

/**
 * What was found out of a key, as long as somebody holds the key itself: a station that has another one by now is read
 * anew, and nothing of this is known then.
 */
const importedKeys = new WeakMap<PublicKey, ReturnType<typeof importJWK>>();

/** A station shows one token for minutes: of one that was verified only its times are looked at again. */
const lastVerified = new WeakMap<PublicKey, VerifiedToken>();

interface VerifiedToken {
  /** Of station and token: what is compared tells nothing of either by the time that it takes. */
  readonly digest: string;
  readonly issuedAtS: number;
  readonly expiresAtS: number;
}

function imported(key: PublicKey): ReturnType<typeof importJWK> {
  const known = importedKeys.get(key);
  if (known) return known;
  const importing = importJWK({ kty: 'OKP', crv: 'Ed25519', x: toBase64Url(fromBase64Url(key.key)) }, 'EdDSA');
  importedKeys.set(key, importing);
  return importing;
}

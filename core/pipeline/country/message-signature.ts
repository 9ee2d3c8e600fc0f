/**
 * Signatures over HTTP messages, as RFC 9421 has them, with HMAC-SHA256 and a secret that both sides share. They cover the
 * method, the address, and by RFC 9530's `Content-Digest` every byte of the body; `created` bounds how long a message can
 * be shown again, and `tag` keeps a question of the core from being shown as an answer. Of the RFC only this one form is
 * made and taken, so there is nothing to negotiate and little to parse.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from '@enroute/shared/crypto/digest.ts';

/** A request of the core to a service, and what a service sends to the core by itself. */
export type MessageTag = 'enroute-question' | 'enroute-answer';

export interface Message {
  readonly method: string;
  /** Path and query, as they stand in the request. */
  readonly target: string;
}

export interface SignatureHeaders {
  readonly 'content-digest': string;
  readonly 'signature-input': string;
  readonly signature: string;
}

export interface Signer {
  /** The name of the stage. */
  readonly keyId: string;
  readonly secret: string;
  readonly tag: MessageTag;
}

/** How far `created` may be from the clock of whoever verifies. */
const SIGNATURE_TOLERANCE_S = 300;

const COVERED = ['@method', '@path', '@query', 'content-digest'] as const;
const COVERED_LIST = `(${COVERED.map((name) => `"${name}"`).join(' ')})`;
const MAX_HEADER_CHARS = 512;

export function signMessage(message: Message, body: Uint8Array, signer: Signer, now: Date): SignatureHeaders {
  const { keyId, secret, tag } = signer;
  const digest = contentDigest(body);
  const created = Math.floor(now.getTime() / 1_000);
  const params = `${COVERED_LIST};created=${created};keyid="${keyId}";alg="hmac-sha256";tag="${tag}"`;
  const value = hmac(signatureBase(componentsOf(message, digest), params), secret).toString('base64');
  return { 'content-digest': digest, 'signature-input': `enroute=${params}`, signature: `enroute=:${value}:` };
}

/**
 * Whether the headers of a message were signed so; what they say of the body is then for `hasDigest` to see.
 * Takes the same time wherever a signature differs.
 */
export function isSigned(
  message: Message,
  headers: Readonly<Partial<Record<keyof SignatureHeaders, string | undefined>>>,
  { keyId, secret, tag }: Signer,
  now: Date,
): boolean {
  const { 'content-digest': digest, 'signature-input': input, signature } = headers;
  if (digest === undefined || input === undefined || signature === undefined) return false;
  if ([digest, input, signature].some((header) => header.length > MAX_HEADER_CHARS)) return false;
  const params = paramsOf(input);
  const [, shown] = /^enroute=:([A-Za-z0-9+/]{43}=):$/.exec(signature) ?? [];
  if (params === undefined || shown === undefined) return false;
  const expected = hmac(signatureBase(componentsOf(message, digest), params.text), secret);
  if (!timingSafeEqual(expected, Buffer.from(shown, 'base64'))) return false;
  const ageS = Math.abs(now.getTime() / 1_000 - params.created);
  return params.keyId === keyId && params.tag === tag && ageS <= SIGNATURE_TOLERANCE_S;
}

export function hasDigest(header: string | undefined, body: Uint8Array): boolean {
  return header === contentDigest(body);
}

/** @param params what is covered, and the parameters of the signature, as they stand in `Signature-Input` */
export function signatureBase(components: readonly (readonly [name: string, value: string])[], params: string): string {
  return [...components, ['@signature-params', params] as const]
    .map(([name, value]) => `"${name}": ${value}`)
    .join('\n');
}

export function hmac(base: string, secret: string | Uint8Array): Buffer {
  return createHmac('sha256', secret).update(base).digest();
}

function contentDigest(body: Uint8Array): string {
  return `sha-256=:${Buffer.from(sha256(body)).toString('base64')}:`;
}

function componentsOf({ method, target }: Message, digest: string): [string, string][] {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  // An address without a query has "?" for it, says the RFC.
  const query = at < 0 ? '?' : target.slice(at);
  const values = [method.toUpperCase(), path, query, digest];
  return COVERED.map((name, index) => [name, values[index] ?? '']);
}

const PARAM = /;(created|keyid|alg|tag)=(\d{1,12}|"[a-z0-9-]{1,64}")/y;

/** The parameters may stand in any order, each once. */
function paramsOf(input: string) {
  const text = input.startsWith(`enroute=${COVERED_LIST}`) ? input.slice('enroute='.length) : undefined;
  if (text === undefined) return undefined;
  const found = new Map<string, string>();
  PARAM.lastIndex = COVERED_LIST.length;
  let end = PARAM.lastIndex;
  for (let match = PARAM.exec(text); match; match = PARAM.exec(text)) {
    const [, name = '', value = ''] = match;
    if (found.has(name)) return undefined;
    found.set(name, value.replaceAll('"', ''));
    end = PARAM.lastIndex;
  }
  const [created, keyId, tag] = [found.get('created'), found.get('keyid'), found.get('tag')];
  if (end !== text.length || created === undefined || found.get('alg') !== 'hmac-sha256') return undefined;
  return { text, created: Number(created), keyId, tag };
}

/**
 * How the agent shows that it is the agent, before it is told any secret: whoever finds an old `agent.json` may find another
 * program on its port. It answers a question that is asked once with what only the holder of the token can make of it. The
 * address of the connection is in the answer, so what the agent says on its port is worth nothing on a stranger's.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from '@enroute/sync/settings/secrets.ts';
import { z } from 'zod';

const NONCE_BYTES = 32;
const PURPOSE = 'enroute local api v1';

export const helloQuerySchema = z.strictObject({ nonce: z.string().regex(/^[0-9a-f]{64}$/) });
export const helloSchema = z.strictObject({ proof: z.string().regex(/^[0-9a-f]{64}$/) });

export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex');
}

/** @param address host and port of the connection, as "127.0.0.1:40124". @returns HMAC-SHA256 in hex */
export function proofOf(token: string, nonce: string, address: string): string {
  return createHmac('sha256', token).update(`${PURPOSE}\n${address}\n${nonce}`).digest('hex');
}

/** Takes the same time wherever the two differ. @param url that was asked */
export function isProof(shown: string, token: string, nonce: string, url: string): boolean {
  return isSameSecret(shown, proofOf(token, nonce, new URL(url).host));
}

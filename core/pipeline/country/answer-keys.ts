/**
 * The keys of questions: what a service is given with a question and sends back with its answer. A key says nothing to
 * whoever holds it, and only the core can have made it, for one visit of one registration to one stage; so the gateway can
 * tell that it was asked for, and of whom, without looking anything up. The same visit has the same key however often it
 * is tried, so that the service can recognise a question that it has had before.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { sodium } from '@enroute/shared/crypto/sodium.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isRid } from '@enroute/shared/rid/rid.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const MAX_KEY_CHARS = 128;

export interface AnswerKeys {
  /** At most 128 characters of base64url. */
  keyOf(registration: Visiting, stage: string): string;
  /** What a key is about; undefined when this core has not made it for this stage. */
  visitOf(key: string, stage: string): Visit | undefined;
}

export interface Visit {
  readonly rid: string;
  readonly visit: number;
}

type Visiting = Pick<Registration, '_id' | 'visit'>;

/** @param secret the core's own, 32 bytes */
export function answerKeys(secret: Uint8Array): AnswerKeys {
  const derived = (use: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `enroute answer keys: ${use}`, KEY_BYTES));
  const [sealing, naming] = [derived('sealing'), derived('naming')];
  return {
    keyOf: ({ _id: rid, visit = 0 }, stage) => {
      const text = `${rid}.${visit}`;
      // The nonce follows from what is sealed: equal for equal texts alone, which is what is wanted.
      const nonce = createHmac('sha256', naming).update(`${stage}\n${text}`).digest().subarray(0, NONCE_BYTES);
      const box = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, stage, null, nonce, sealing);
      return toBase64Url(Buffer.concat([nonce, box]));
    },
    visitOf: (key, stage) => {
      if (key.length > MAX_KEY_CHARS) return undefined;
      const bytes = fromBase64Url(key);
      // Other texts decode to the same bytes; a key is good in one spelling.
      if (bytes.byteLength <= NONCE_BYTES || toBase64Url(bytes) !== key) return undefined;
      const [nonce, box] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
      try {
        const text = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, box, stage, nonce, sealing, 'text');
        const [rid = '', visit] = text.split('.');
        return isRid(rid) ? { rid, visit: Number(visit) } : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

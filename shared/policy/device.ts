/**
 * Which device made a capture, as the device says itself. Its signature is not verified here: whoever can put words into
 * a packet can name another device. It tells a desk which scanner to put away; it proves nothing.
 */
import { z } from 'zod';
import { fromBase64Url } from '../crypto/encoding.ts';
import type { BiometricFacts } from '../enrolment/enrolment.ts';

export interface Device {
  readonly make: string;
  readonly model: string;
  readonly serial: string;
}

/** The longest of real devices, certificate chain included, is a quarter of it. */
const MAX_TEXT = 16 * 1024;
const shortText = z.string().min(1).max(128);

const payloadSchema = z.looseObject({ digitalId: z.union([z.string(), z.looseObject({})]) });
const digitalIdSchema = z.looseObject({ serialNo: shortText, make: shortText, model: shortText });

/**
 * From the capture's `PAYLOAD`, whose `digitalId` names the device. Both may be JSON, or a JWT around it.
 * @returns undefined when it does not say, or not in a way that can be read.
 */
export function deviceOf({ attributes }: Pick<BiometricFacts, 'attributes'>): Device | undefined {
  const payload = payloadSchema.safeParse(statementIn(attributes.PAYLOAD ?? ''));
  if (!payload.success) return undefined;
  const { digitalId } = payload.data;
  const stated = digitalIdSchema.safeParse(typeof digitalId === 'string' ? statementIn(digitalId) : digitalId);
  if (!stated.success) return undefined;
  const { make, model, serialNo } = stated.data;
  return { make, model, serial: serialNo };
}

function statementIn(text: string): unknown {
  if (text.length > MAX_TEXT) return undefined;
  const body = text.trimStart().startsWith('{') ? text : decoded(text.split('.')[1] ?? '');
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function decoded(part: string): string {
  return new TextDecoder().decode(fromBase64Url(part));
}

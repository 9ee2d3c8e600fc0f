/** Pieces that several documents share. */
import { z } from 'zod';
import { keyIdSchema } from '../crypto/keys.ts';
import { isRid, STATION_PATTERN } from '../rid/rid.ts';
import { isStatusCode, type StatusCode } from '../status/codes.ts';

export const ridSchema = z.string().refine(isRid, 'not a RID');
export const stationSchema = z.string().regex(STATION_PATTERN, 'a station is ten digits');
/** ISO 8601 in UTC. */
export const timeSchema = z.iso.datetime();
/** SHA-256, hex. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex');
/** Ed25519, 64 bytes in base64url. */
export const signatureValueSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'not a signature');
export const statusCodeSchema = z.custom<StatusCode>(
  (value) => typeof value === 'string' && isStatusCode(value),
  'unknown status code',
);
/** A code in an answer: a newer core may know more of them than this version does. */
export const answeredCodeSchema = z
  .string()
  .regex(/^ENR-[A-Z]{3}-\d{3}$/)
  .transform((code): StatusCode => (isStatusCode(code) ? code : 'ENR-WEB-005'));
export const personIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
/** Who acts on the core: a person, "service:<name>", or the command line, as the audit names them. */
export const actorIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,79}$/);

/** The core's signature on a document that it sends down. */
export const coreSignatureSchema = z.strictObject({ keyId: keyIdSchema, value: signatureValueSchema });

/**
 * An enrolment as entries of a container, and back.
 *
 * | entry | what |
 * |---|---|
 * | `meta.json` | who captured it, when, where, consent, languages, and the list of documents |
 * | `id/identity.json` | demographics by field name |
 * | `id/biometrics.json` | the facts of each capture: position, quality, device signature, … |
 * | `id/biometrics/<POSITION>` | the image itself, binary |
 * | `<sub-packet>/documents/<name>` | a scanned document, binary |
 */
import { z } from 'zod';
import {
  type Biometric,
  type BiometricFacts,
  type Enrolment,
  type Identity,
  MODALITIES,
  POSITIONS,
  PROCESSES,
  SUB_PACKETS,
  TEXT_ENCODINGS,
} from '../enrolment/enrolment.ts';
import { isRid, STATION_PATTERN } from '../rid/rid.ts';
import { EnrouteError } from '../status/enroute-error.ts';
import { type Container, packContainer } from './container.ts';

const MAX_TEXT = 64 * 1024;
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
const shortText = z.string().max(256);

const localTextSchema = z.strictObject({ language: z.string().regex(/^[a-z]{3}$/), value: z.string().max(4096) });

const identitySchema: z.ZodType<Identity> = z
  .record(name, z.union([z.string().max(4096), z.number(), z.array(localTextSchema).max(16)]))
  .refine((fields) => Object.keys(fields).length <= 128, 'too many fields');

const biometricFactsSchema: z.ZodType<BiometricFacts> = z.strictObject({
  position: z.enum(POSITIONS),
  modality: z.enum(MODALITIES),
  quality: z.number().min(0).max(100),
  capturedAt: z.iso.datetime(),
  formatOwner: shortText,
  formatType: shortText,
  level: shortText,
  purpose: shortText,
  exception: z.boolean(),
  retries: z.int().nonnegative().max(1000),
  forceCaptured: z.boolean(),
  signature: z.string().max(MAX_TEXT),
  signatureEncoding: z.enum(TEXT_ENCODINGS),
  attributes: z.record(z.string().max(128), z.string().max(MAX_TEXT)),
  imageEncoding: z.enum(TEXT_ENCODINGS),
  imageTail: z.string().max(64),
});

const biometricsSchema = z
  .array(biometricFactsSchema)
  .max(POSITIONS.length)
  .refine((all) => new Set(all.map(({ position }) => position)).size === all.length, 'a position stands twice');

const metaSchema = z.strictObject({
  rid: z.string().refine(isRid),
  process: z.enum(PROCESSES),
  station: z.string().regex(STATION_PATTERN),
  operator: z.string().min(1).max(64),
  capturedAt: z.iso.datetime(),
  languages: z.array(z.string().regex(/^[a-z]{3}$/)).max(16),
  consent: z.boolean(),
  documents: z
    .array(
      z.strictObject({
        name,
        category: shortText,
        type: shortText,
        format: shortText,
        owner: shortText,
        subPacket: z.enum(SUB_PACKETS),
      }),
    )
    .max(64),
});

export type PacketMeta = z.infer<typeof metaSchema>;

/** What the desk adds to the person's data. */
export type CaptureContext = Pick<PacketMeta, 'rid' | 'process' | 'station' | 'operator'>;

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const imagePath = (position: string): string => `id/biometrics/${position}`;
const documentPath = (document: { subPacket: string; name: string }): string =>
  `${document.subPacket}/documents/${document.name}`;

/** @throws EnrouteError ENR-PKT-008 when the enrolment does not fit the format (a name, a size, a position twice). */
export function packEnrolment(context: CaptureContext, enrolment: Enrolment): Uint8Array {
  const meta = fits(metaSchema, {
    rid: context.rid,
    process: context.process,
    station: context.station,
    operator: context.operator,
    capturedAt: enrolment.capturedAt,
    languages: enrolment.languages,
    consent: enrolment.consent,
    documents: enrolment.documents.map(({ content: _, ...facts }) => facts),
  });
  const facts = enrolment.biometrics.map(({ image: _, ...rest }): BiometricFacts => rest);
  const contents = new Map<string, Uint8Array>([
    ['meta.json', json(meta)],
    ['id/identity.json', json(fits(identitySchema, enrolment.identity))],
    ['id/biometrics.json', json(fits(biometricsSchema, facts))],
  ]);
  for (const { position, image } of enrolment.biometrics) {
    if (image.byteLength > 0) contents.set(imagePath(position), image);
  }
  for (const document of enrolment.documents) contents.set(documentPath(document), document.content);
  return packContainer(contents);
}

export function readMeta(container: Container): PacketMeta {
  return readJson(container, 'meta.json', metaSchema);
}

export function readIdentity(container: Container): Identity {
  return readJson(container, 'id/identity.json', identitySchema);
}

/** The facts of each capture, without touching an image. */
export function readBiometricFacts(container: Container): BiometricFacts[] {
  return readJson(container, 'id/biometrics.json', biometricsSchema);
}

export function readEnrolment(container: Container): Enrolment {
  const meta = readMeta(container);
  const biometrics = readBiometricFacts(container).map((facts): Biometric => {
    const path = imagePath(facts.position);
    return { ...facts, image: container.has(path) ? container.read(path) : new Uint8Array() };
  });
  return {
    identity: readIdentity(container),
    languages: meta.languages,
    consent: meta.consent,
    biometrics,
    documents: meta.documents.map((facts) => ({ ...facts, content: container.read(documentPath(facts)) })),
    capturedAt: meta.capturedAt,
  };
}

function fits<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Only where it does not fit: what stands there may be personal.
  throw new EnrouteError('ENR-PKT-008', parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
}

function readJson<T>(container: Container, path: string, schema: z.ZodType<T>): T {
  const text = new TextDecoder('utf-8', { fatal: true });
  let value: unknown;
  try {
    value = JSON.parse(text.decode(container.read(path)));
  } catch (cause) {
    throw cause instanceof EnrouteError ? cause : new EnrouteError('ENR-PKT-008', path);
  }
  return fits(schema, value);
}

/**
 * An enrolment as entries of a container, and back.
 *
 * | entry | what |
 * |---|---|
 * | `meta.json` | who captured it, when, where, consent, languages, and the list of documents |
 * | `id/identity.json` | demographics by field name |
 * | `id/biometrics.json` | the facts of each capture: position, quality, device signature, … |
 * | `id/biometrics/<POSITION>` | the image itself, binary |
 * | `id/introducer/biometrics.json`, `id/introducer/biometrics/<POSITION>` | the same of who vouches for a child, if any |
 * | `<sub-packet>/documents/<name>` | a scanned document, binary |
 */
import { z } from 'zod';
import {
  type Biometric,
  type BiometricFacts,
  type CaptureFacts,
  type DocumentFacts,
  type Enrolment,
  type Identity,
  MODALITIES,
  POSITIONS,
  PROCESSES,
  SUB_PACKETS,
  TEXT_ENCODINGS,
} from '../enrolment/enrolment.ts';
import { isRid, STATION_PATTERN } from '../rid/rid.ts';
import { placeOf } from '../schemas/places.ts';
import { EnrouteError } from '../status/enroute-error.ts';
import { type Container, packContainer } from './container.ts';

const MAX_TEXT = 64 * 1024;
const MAX_DOCUMENTS = 64;
/** Of an enrolment in which all is wrong, so many places are told. */
const MAX_MISFITS = 8;
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
const shortText = z.string().max(256);

/** ISO 639-3, the main one first. */
export const languagesSchema = z.array(z.string().regex(/^[a-z]{3}$/)).max(16);

const localTextSchema = z.strictObject({ language: z.string().regex(/^[a-z]{3}$/), value: z.string().max(4096) });

export const identitySchema: z.ZodType<Identity> = z
  .record(name, z.union([z.string().max(4096), z.number(), z.array(localTextSchema).max(16)]))
  .refine((fields) => Object.keys(fields).length <= 128, 'too many fields');

export const biometricFactsSchema = z.strictObject({
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

export const documentFactsSchema = z.strictObject({
  name,
  category: shortText,
  type: shortText,
  format: shortText,
  owner: shortText,
  subPacket: z.enum(SUB_PACKETS),
});

type DocumentPlace = Pick<z.infer<typeof documentFactsSchema>, 'name' | 'subPacket'>;

const documentPath = ({ subPacket, name }: DocumentPlace): string => `${subPacket}/documents/${name}`;

/** A list of such documents. In one sub-packet no two may have one name: they would lie in one place. */
export function documentsSchema<T extends DocumentPlace>(documentSchema: z.ZodType<T>): z.ZodType<T[]> {
  return z
    .array(documentSchema)
    .max(MAX_DOCUMENTS)
    .refine(
      (all) => new Set(all.map(documentPath)).size === all.length,
      'two documents of one name in the same sub-packet',
    );
}

/** What stands in `meta.json` of the form; the rest is of the desk. */
const formShape = {
  capturedAt: z.iso.datetime(),
  languages: languagesSchema,
  consent: z.boolean(),
  documents: documentsSchema(documentFactsSchema),
};

const metaSchema = z.strictObject({
  rid: z.string().refine(isRid),
  process: z.enum(PROCESSES),
  station: z.string().regex(STATION_PATTERN),
  operator: z.string().min(1).max(64),
  ...formShape,
});

const enrolmentSchema = z.strictObject({
  ...formShape,
  identity: identitySchema,
  biometrics: biometricsSchema,
  introducer: z.strictObject({ biometrics: biometricsSchema }).optional(),
});

export type PacketMeta = z.infer<typeof metaSchema>;

/** What the desk adds to the person's data. */
export type CaptureContext = Pick<PacketMeta, 'rid' | 'process' | 'station' | 'operator'>;

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
/** Where the captures of whom lie: `<place>.json` with the facts, `<place>/<POSITION>` with an image. */
const APPLICANT = 'id/biometrics';
const INTRODUCER = 'id/introducer/biometrics';

/**
 * Where the enrolment does not fit the format: a name, a number of fields, a position or a document twice. In words
 * without anything of the person; at most eight places, and none when it fits.
 */
export function findMisfits(enrolment: Enrolment): string[] {
  const { identity, biometrics, introducer } = enrolment;
  const parsed = enrolmentSchema.safeParse({
    ...formOf(enrolment),
    identity,
    biometrics: biometrics.map(withoutImage),
    ...(introducer ? { introducer: { biometrics: introducer.biometrics.map(withoutImage) } } : {}),
  });
  return parsed.success ? [] : placesOf(parsed.error);
}

/** @throws EnrouteError ENR-PKT-008 when the enrolment does not fit the format: it has misfits, or the context has. */
export async function packEnrolment(context: CaptureContext, enrolment: Enrolment): Promise<Uint8Array> {
  const misfits = findMisfits(enrolment);
  if (misfits.length > 0) throw new EnrouteError('ENR-PKT-008', misfits.join(', '));
  const { rid, process, station, operator } = context;
  const meta = fits(metaSchema, { rid, process, station, operator, ...formOf(enrolment) });
  const contents = new Map<string, Uint8Array>([
    ['meta.json', json(meta)],
    ['id/identity.json', json(enrolment.identity)],
  ]);
  addBiometrics(contents, APPLICANT, enrolment.biometrics);
  if (enrolment.introducer) addBiometrics(contents, INTRODUCER, enrolment.introducer.biometrics);
  for (const document of enrolment.documents) contents.set(documentPath(document), document.content);
  return packContainer(contents);
}

function formOf({ capturedAt, languages, consent, documents }: Enrolment) {
  return { capturedAt, languages, consent, documents: documents.map(({ content: _, ...facts }) => facts) };
}

function withoutImage({ image: _, ...facts }: Biometric): BiometricFacts {
  return facts;
}

function addBiometrics(to: Map<string, Uint8Array>, place: string, biometrics: readonly Biometric[]): void {
  to.set(`${place}.json`, json(biometrics.map(withoutImage)));
  for (const { position, image } of biometrics) {
    if (image.byteLength > 0) to.set(`${place}/${position}`, image);
  }
}

export function readMeta(container: Container): PacketMeta {
  return readJson(container, 'meta.json', metaSchema);
}

export function readIdentity(container: Container): Identity {
  return readJson(container, 'id/identity.json', identitySchema);
}

/** The facts of each capture, without touching an image. */
export function readBiometricFacts(container: Container): CaptureFacts[] {
  return readCaptures(container, APPLICANT);
}

/** The facts of each capture of the introducer, or undefined when the person came without one. */
export function readIntroducerFacts(container: Container): CaptureFacts[] | undefined {
  return cameWithIntroducer(container) ? readCaptures(container, INTRODUCER) : undefined;
}

/** The facts of each document, without touching a content. One that is named and not there has 0 bytes. */
export function readDocumentFacts(container: Container): DocumentFacts[] {
  return readMeta(container).documents.map((facts) => ({
    ...facts,
    contentBytes: container.bytesOf(documentPath(facts)),
  }));
}

function cameWithIntroducer(container: Container): boolean {
  return container.has(`${INTRODUCER}.json`);
}

function readCaptures(container: Container, place: string): CaptureFacts[] {
  return readFacts(container, place).map((facts) => ({
    ...facts,
    imageBytes: container.bytesOf(`${place}/${facts.position}`),
  }));
}

function readFacts(container: Container, place: string): BiometricFacts[] {
  return readJson(container, `${place}.json`, biometricsSchema);
}

function readBiometrics(container: Container, place: string): Biometric[] {
  return readFacts(container, place).map((one) => {
    const path = `${place}/${one.position}`;
    return { ...one, image: container.has(path) ? container.read(path) : new Uint8Array() };
  });
}

export function readEnrolment(container: Container): Enrolment {
  const meta = readMeta(container);
  return {
    identity: readIdentity(container),
    languages: meta.languages,
    consent: meta.consent,
    biometrics: readBiometrics(container, APPLICANT),
    documents: meta.documents.map((facts) => ({ ...facts, content: container.read(documentPath(facts)) })),
    ...(cameWithIntroducer(container) ? { introducer: { biometrics: readBiometrics(container, INTRODUCER) } } : {}),
    capturedAt: meta.capturedAt,
  };
}

function fits<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EnrouteError('ENR-PKT-008', placesOf(parsed.error).join(', '));
}

function placesOf({ issues }: z.ZodError): string[] {
  return issues.slice(0, MAX_MISFITS).map(placeOf);
}

/** Several stages ask the same of one packet; unpacking and checking its facts is most of what they cost. */
const alreadyRead = new WeakMap<Container, Map<string, unknown>>();

/** @returns what nobody may change: the next to ask is given the same */
function readJson<T>(container: Container, path: string, schema: z.ZodType<T>): T {
  const known = alreadyRead.get(container) ?? new Map<string, unknown>();
  // Of each path there is one schema.
  if (known.has(path)) return known.get(path) as T;
  const value = parseJson(container, path, schema);
  known.set(path, value);
  alreadyRead.set(container, known);
  return value;
}

function parseJson<T>(container: Container, path: string, schema: z.ZodType<T>): T {
  const text = new TextDecoder('utf-8', { fatal: true });
  let value: unknown;
  try {
    value = JSON.parse(text.decode(container.read(path)));
  } catch (cause) {
    throw cause instanceof EnrouteError ? cause : new EnrouteError('ENR-PKT-008', path);
  }
  return fits(schema, value);
}

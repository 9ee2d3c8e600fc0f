/**
 * The capture folder: how capture software that does not write MOSIP packets hands an enrolment to the station. One
 * `enrolment.json` and the files that it names, beside it. For people it is specified in `docs/capture-folder.md`.
 */
import { readCbeff } from '@enroute/shared/cbeff/read.ts';
import {
  type Biometric,
  type Enrolment,
  modalityOf,
  POSITIONS,
  PROCESSES,
  type Process,
  type ScannedDocument,
} from '@enroute/shared/enrolment/enrolment.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { safeName } from '@enroute/shared/mosip/schema.ts';
import {
  biometricFactsSchema,
  documentFactsSchema,
  documentsSchema,
  identitySchema,
  languagesSchema,
} from '@enroute/shared/packet/contents.ts';
import { ridSchema } from '@enroute/shared/schemas/common.ts';
import { type Manifest, PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import { type Issue, pathOf, placeOf } from '@enroute/shared/schemas/places.ts';
import { z } from 'zod';
import { type FolderReader, openFolder } from './folder-files.ts';

const FORM = 'enrolment.json';
const MAX_FORM_BYTES = 1024 * 1024;
/** Of a form in which all is wrong, so many places are named. */
const MAX_PLACES = 8;

const facts = biometricFactsSchema.shape;
const captureSchema = z
  .strictObject({
    position: facts.position,
    quality: facts.quality,
    capturedAt: facts.capturedAt,
    formatOwner: facts.formatOwner,
    formatType: facts.formatType,
    level: facts.level.default('Raw'),
    purpose: facts.purpose.default('Enroll'),
    exception: facts.exception.default(false),
    retries: facts.retries.default(0),
    forceCaptured: facts.forceCaptured.default(false),
    signature: facts.signature.default(''),
    attributes: facts.attributes.default({}),
    file: safeName.optional(),
  })
  .refine(({ exception, file }) => exception === (file === undefined), {
    message: 'an exception, and nothing else, has no file',
  });

const biometricsSchema = z.union([z.strictObject({ cbeff: safeName }), z.array(captureSchema).max(POSITIONS.length)]);

const formSchema = z
  .strictObject({
    v: z.literal(1),
    process: z.enum(PROCESSES),
    corrects: ridSchema.optional(),
    priority: z.enum(PRIORITIES).default('normal'),
    identity: identitySchema,
    languages: languagesSchema.min(1),
    consent: z.boolean(),
    capturedAt: z.iso.datetime(),
    documents: documentsSchema(documentFactsSchema.extend({ file: safeName })),
    biometrics: biometricsSchema,
    introducer: z.strictObject({ biometrics: biometricsSchema }).optional(),
  })
  .refine(({ process, corrects }) => (process === 'CORRECTION') === (corrects !== undefined), {
    path: ['corrects'],
    message: 'a correction, and nothing else, names what it corrects',
  });

export interface CapturedEnrolment {
  readonly enrolment: Enrolment;
  readonly process: Process;
  /** For a CORRECTION: the RID of the registration that it corrects. */
  readonly corrects?: string;
  readonly priority: Manifest['priority'];
}

export class CaptureFolderError extends Error {
  readonly code: 'CAPTURE_NOT_JSON' | 'CAPTURE_BAD_SHAPE';

  constructor(code: CaptureFolderError['code'], message: string) {
    super(message);
    this.name = 'CaptureFolderError';
    this.code = code;
  }
}

/**
 * @throws CaptureFolderError when `enrolment.json` is not as specified, FolderError FOLDER_… about the files,
 *   CbeffError about a CBEFF file; no message quotes what stands in them
 */
export async function readCaptureFolder(folder: string, limits = PACKET_LIMITS): Promise<CapturedEnrolment> {
  const reader = await openFolder(folder);
  const form = parseForm(await reader.read(FORM, MAX_FORM_BYTES));
  const read = boundedReader(reader, limits.maxFileBytes, limits.maxTotalBytes);
  const biometrics = await readBiometrics(form.biometrics, read);
  const documents: ScannedDocument[] = [];
  for (const { file, ...described } of form.documents) documents.push({ ...described, content: await read(file) });
  const introducer = form.introducer && { biometrics: await readBiometrics(form.introducer.biometrics, read) };
  const { identity, languages, consent, capturedAt, process, corrects, priority } = form;
  return {
    enrolment: {
      identity,
      languages,
      consent,
      biometrics,
      documents,
      ...(introducer === undefined ? {} : { introducer }),
      capturedAt,
    },
    process,
    ...(corrects === undefined ? {} : { corrects }),
    priority,
  };
}

function parseForm(bytes: Uint8Array): z.infer<typeof formSchema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the text, which is personal.
    throw new CaptureFolderError('CAPTURE_NOT_JSON', `${FORM} is not JSON in UTF-8.`);
  }
  const parsed = formSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.flatMap((issue) => placesOf(issue)).slice(0, MAX_PLACES);
  throw new CaptureFolderError('CAPTURE_BAD_SHAPE', `${FORM} is not as specified, at ${places.join(', ')}.`);
}

/** The names of fields that nobody knows are told too, because they are most likely misspelt. */
function placesOf(issue: Issue, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `"${pathOf([...path, key])}"`);
  if (issue.code !== 'invalid_union') return [`"${placeOf({ ...issue, path })}"`];
  // Of the ways in which it may be written, the one that was meant: a list or an object as this one is.
  const meant = issue.errors.find(
    (issues) => !issues.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  return meant ? meant.flatMap((one) => placesOf(one, path)) : [`"${pathOf(path)}"`];
}

type Read = (file: string) => Promise<Uint8Array>;

/** A file that is named twice counts twice: it is in memory twice. */
function boundedReader(reader: FolderReader, maxFileBytes: number, maxTotalBytes: number): Read {
  let leftBytes = maxTotalBytes;
  return async (file) => {
    const bytes = await reader.read(file, Math.min(maxFileBytes, leftBytes));
    leftBytes -= bytes.length;
    return bytes;
  };
}

async function readBiometrics(stated: z.infer<typeof biometricsSchema>, read: Read): Promise<Biometric[]> {
  if (!Array.isArray(stated)) return readCbeff(await read(stated.cbeff));
  const biometrics: Biometric[] = [];
  for (const { file, ...capture } of stated) {
    biometrics.push({
      ...capture,
      modality: modalityOf(capture.position),
      // As CBEFF would write them, so that the packet can be written in MOSIP's layout.
      signatureEncoding: 'base64',
      imageEncoding: 'base64url',
      imageTail: '',
      image: file === undefined ? new Uint8Array() : await read(file),
    });
  }
  return biometrics;
}

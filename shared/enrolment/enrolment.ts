/**
 * What a desk captured of one person, in memory: the input of the packet builder and the output of the packet reader.
 * Field names of `identity` belong to the country's ID schema (the defaults are MOSIP's); the rest is typed.
 */

/** The processes a person can come for. `CORRECTION` answers a task about an earlier registration. */
export const PROCESSES = ['NEW', 'UPDATE', 'LOST', 'ACTIVATE', 'DEACTIVATE', 'RES_UPDATE', 'CORRECTION'] as const;
export type Process = (typeof PROCESSES)[number];

/** A text in one language. `language` is ISO 639-3 ("eng", "ara", "fra"). */
export interface LocalText {
  readonly language: string;
  readonly value: string;
}

/** A demographic field: plain, numeric, or the same text in each language of the form. */
export type FieldValue = string | number | readonly LocalText[];

/** Demographics by field name: fullName, dateOfBirth ("yyyy/MM/dd"), gender, phone, email, addressLine1, region, … */
export type Identity = Readonly<Record<string, FieldValue>>;

export const FINGERS = [
  'RIGHT_THUMB',
  'RIGHT_INDEX',
  'RIGHT_MIDDLE',
  'RIGHT_RING',
  'RIGHT_LITTLE',
  'LEFT_THUMB',
  'LEFT_INDEX',
  'LEFT_MIDDLE',
  'LEFT_RING',
  'LEFT_LITTLE',
] as const;
export const IRISES = ['RIGHT_IRIS', 'LEFT_IRIS'] as const;
export const POSITIONS = [...FINGERS, ...IRISES, 'FACE'] as const;

export const MODALITIES = ['finger', 'iris', 'face'] as const;
export type Modality = (typeof MODALITIES)[number];
export type Position = (typeof POSITIONS)[number];

/** How a binary was written in the XML or JSON that it came from, so that it can be written back to the letter. */
export const TEXT_ENCODINGS = ['base64', 'base64url', 'text'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** The facts about one capture; small, and readable without touching the image. */
export interface BiometricFacts {
  readonly position: Position;
  readonly modality: Modality;
  /** Quality score of the capture, 0 to 100. */
  readonly quality: number;
  /** When the device captured it (ISO 8601, UTC). */
  readonly capturedAt: string;
  /** CBEFF format owner and type of the image, e.g. "Mosip" and "7" (ISO 19794-4 finger image). */
  readonly formatOwner: string;
  readonly formatType: string;
  readonly level: string;
  readonly purpose: string;
  /** True when the position can't be captured (missing finger); there is no image then. */
  readonly exception: boolean;
  readonly retries: number;
  /** True when the operator accepted a capture below the threshold after the last retry. */
  readonly forceCaptured: boolean;
  /** The device's signature (a JWS in compact form as the device gave it), empty when there is none. */
  readonly signature: string;
  readonly signatureEncoding: TextEncoding;
  /** Remaining attributes by name: PAYLOAD, SPEC_VERSION, SDK_SCORE, …; kept as they came. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly imageEncoding: TextEncoding;
  /** Characters of a source text that do not decode to whole bytes; kept so that the text can be written back. */
  readonly imageTail: string;
}

export interface Biometric extends BiometricFacts {
  readonly image: Uint8Array;
}

/** What is known of a capture without its image. */
export interface CaptureFacts extends BiometricFacts {
  /** 0 when there is no image. */
  readonly imageBytes: number;
}

/** The part of the packet that a field, image or document belongs to: who may need to see it. */
export const SUB_PACKETS = ['id', 'evidence', 'optional'] as const;
export type SubPacket = (typeof SUB_PACKETS)[number];

/** A scanned document. `category` is the proof it serves as ("POI", "POA", "POR", "POE"). */
export interface ScannedDocument {
  readonly name: string;
  readonly category: string;
  readonly type: string;
  readonly format: string;
  readonly owner: string;
  readonly subPacket: SubPacket;
  readonly content: Uint8Array;
}

/** What is known of a scanned document without its content. */
export interface DocumentFacts extends Omit<ScannedDocument, 'content'> {
  readonly contentBytes: number;
}

export interface Enrolment {
  readonly identity: Identity;
  /** Languages of the form, the main one first. */
  readonly languages: readonly string[];
  readonly consent: boolean;
  readonly biometrics: readonly Biometric[];
  readonly documents: readonly ScannedDocument[];
  /** Who vouches for a child: a parent or guardian. Who it is stands in `identity` (introducerUIN, introducerRID, …). */
  readonly introducer?: { readonly biometrics: readonly Biometric[] };
  /** When the capture was finished (ISO 8601, UTC). Ages are reckoned at this time. */
  readonly capturedAt: string;
}

const MODALITY_OF_FINGER = new Set<string>(FINGERS);
const MODALITY_OF_IRIS = new Set<string>(IRISES);

export function modalityOf(position: Position): Modality {
  if (MODALITY_OF_FINGER.has(position)) return 'finger';
  return MODALITY_OF_IRIS.has(position) ? 'iris' : 'face';
}

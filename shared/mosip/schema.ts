import { z } from 'zod';

/** The JSON files of a MOSIP packet, as far as an enrolment needs them; what else they hold is let through unread. */

/** Names of files that a packet's JSON may point at: no folders, no dots in front, nothing a path could be made of. */
export const safeName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);

const localText = z.object({ language: z.string().regex(/^[a-z]{2,3}$/), value: z.string().max(4096) });

/** A field that stands for a file of the same sub-packet. */
const fileReference = z.object({
  format: z.string().min(1).max(256),
  value: safeName,
  type: z.string().max(256).nullish(),
  version: z.union([z.number(), z.string().max(16)]).nullish(),
});
export type FileReference = z.infer<typeof fileReference>;

const field = z.union([z.string().max(4096), z.number(), z.array(localText).max(32), fileReference, z.null()]);
export type MosipField = z.infer<typeof field>;

/** A field's name, and a document's: as in our own packets. */
export const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);

export const identityFile = z.looseObject({
  identity: z.record(fieldName, field),
});

const labelled = z.array(z.looseObject({ label: z.string(), value: z.unknown() }));
const hashSequence = z.array(z.looseObject({ label: z.string(), value: z.array(safeName).max(256) }));
export type HashSequence = z.infer<typeof hashSequence>;

const document = z.looseObject({
  documentName: z.string().max(128),
  documentCategory: z.string().max(256).nullish(),
  documentOwner: z.string().max(256).nullish(),
});

export const metaFile = z.looseObject({
  identity: z.looseObject({
    metaData: labelled.nullish(),
    operationsData: labelled.nullish(),
    documents: z.array(document).max(256).nullish(),
    registrationId: z.string().nullish(),
    creationDate: z.string().nullish(),
    hashSequence1: hashSequence.nullish(),
    hashSequence2: hashSequence.nullish(),
  }),
});
export type MosipMeta = z.infer<typeof metaFile>['identity'];

/** Looks a label up where MOSIP keeps `[{ label, value }]` instead of an object. */
export function labelValue(list: MosipMeta['metaData'], label: string): string | undefined {
  const value = list?.find((entry) => entry.label === label)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

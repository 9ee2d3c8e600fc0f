/**
 * A country's own stages as its configuration declares them: where the code or the service is, and everything that it may
 * be shown and may say. What is not declared here never leaves the core, and is never taken from outside.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { COUNTRY_VERDICTS } from './country-codes.ts';

const MAX_STAGES = 32;
const MAX_DECLARED = 16;
const MAX_SENDS = 64;
const DEFAULT_ANSWER_BYTES = 64 * 1024;

/** The fact that holds the country's own code, once a stage has refused. */
export const REFUSAL_FACT = 'refusal';

const stageNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'A name is [a-z][a-z0-9-]*, at most 32 characters.');
export const branchSchema = stageNameSchema;
export const factNameSchema = z
  .string()
  .regex(/^[a-z][A-Za-z0-9-]{0,31}$/, 'A fact is [a-z][A-Za-z0-9-]*, at most 32 characters.')
  .refine((name) => name !== REFUSAL_FACT, `"${REFUSAL_FACT}" is kept for the code of a refusal.`);
const countryCodeSchema = z
  .string()
  .regex(/^(?!ENR-)[A-Z]{2,3}-[A-Z]{2,8}-\d{3}$/, 'A code is XX-AREA-000, and none of Enroute itself.');

const listOf = <T extends z.ZodType>(one: T) =>
  z
    .array(one)
    .max(MAX_DECLARED)
    .refine((all) => new Set(all).size === all.length, 'It stands twice.')
    .default([]);

const wordsSchema = z.strictObject({ sentence: z.string().min(8).max(300), next: z.string().min(4).max(300) });
const codeSchema = z.strictObject({
  code: countryCodeSchema,
  /** What the station is told with it: what the person at the desk can do about it. */
  tells: z.enum(COUNTRY_VERDICTS),
  /** By language (ISO 639-1), for the people of the core. */
  words: z
    .record(z.string().regex(/^[a-z]{2}$/), wordsSchema)
    .refine((words) => Object.keys(words).length > 0, 'It needs the words of one language at least.'),
});

/** What of a registration may be sent, by its name. */
const sendSchema = z
  .string()
  .regex(
    /^(rid|process|station|center|sealedAt|facts\.ageGroup|facts\.country\.[a-z][A-Za-z0-9-]{0,31}|identity\.[A-Za-z][A-Za-z0-9_-]{0,63})$/,
    'There is: rid, process, station, center, sealedAt, facts.ageGroup, facts.country.<name>, identity.<field>.',
  );

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const serviceSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).refine((url) => {
      const { username, password, hash } = new URL(url);
      return username === '' && password === '' && hash === '';
    }, 'Neither a user, a password nor a fragment belongs into it.'),
    /** For a network that is protected by other means. */
    plainHttp: z.boolean().default(false),
    /** Authority of the service's certificate (PEM file). */
    ca: z.string().refine(isAbsolute, 'It must be an absolute path.').optional(),
    /** The variable of the environment that holds the secret which both sides share. */
    secretFrom: z.string().regex(/^ENROUTE_STAGE_[A-Z0-9_]{1,64}_SECRET$/, 'It is called ENROUTE_STAGE_…_SECRET.'),
    sends: z.array(sendSchema).min(1).max(MAX_SENDS),
    deadlineSeconds: z.int().min(1).max(300).default(10),
    maxAnswerBytes: z
      .int()
      .min(1024)
      .max(1024 * 1024)
      .default(DEFAULT_ANSWER_BYTES),
    /** Questions that may go into one request. */
    batch: z.int().min(1).max(100).default(1),
    /** Requests at once, of one worker. */
    atOnce: z.int().min(1).max(64).default(8),
    /** How long an answer may take that comes later; without it the service has to answer at once. */
    waitDays: z.int().min(1).max(365).optional(),
    branches: listOf(branchSchema),
    facts: listOf(factNameSchema),
  })
  .refine(({ url, plainHttp }) => plainHttp || url.startsWith('https:') || LOOPBACK.test(new URL(url).hostname), {
    path: ['url'],
    message:
      'People’s data go over https, or to this machine; a network that is safe by other means is plainHttp: true.',
  });

export const countryStageSchema = z
  .strictObject({
    name: stageNameSchema,
    /** A module that runs in the worker. */
    module: z.string().refine(isAbsolute, 'It must be an absolute path.').optional(),
    /** What the module is handed. */
    options: z.record(z.string(), z.json()).optional(),
    /** A service that is asked over HTTP. */
    service: serviceSchema.optional(),
    codes: z
      .array(codeSchema)
      .max(100)
      .refine((codes) => new Set(codes.map(({ code }) => code)).size === codes.length, 'A code stands twice.')
      .default([]),
  })
  .refine(({ module, service }) => (module === undefined) !== (service === undefined), {
    message: 'A stage is either a module or a service.',
  })
  .refine(({ options, module }) => options === undefined || module !== undefined, {
    path: ['options'],
    message: 'Only a module has options.',
  });

export const countryStagesSchema = z
  .array(countryStageSchema)
  .max(MAX_STAGES)
  .refine((stages) => new Set(stages.map(({ name }) => name)).size === stages.length, 'Two stages have one name.');

export type CountryStageConfig = z.infer<typeof countryStageSchema>;
export type ServiceConfig = z.infer<typeof serviceSchema>;
export type CountryCodeConfig = z.infer<typeof codeSchema>;

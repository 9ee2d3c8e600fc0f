/** What the core answers to people, as the pages read it. What a newer core says besides is left out, not refused. */
import type { Parked } from '@enroute/shared/registration/registration.ts';
import { REGISTRATION_STATES } from '@enroute/shared/registration/states.ts';
import { z } from 'zod';
import { ROLES } from '../../../people/person.ts';
import { STATION_STATES } from '../../../stations/station-rights.ts';

const rolesSchema = z.array(z.enum(ROLES));
const centersSchema = z.union([z.literal('all'), z.array(z.string())]);

export const sessionSchema = z.object({
  actor: z.object({ id: z.string(), roles: rolesSchema, centers: centersSchema }),
  /** Whether one is set up. */
  secondFactor: z.boolean(),
  mustChangePassword: z.boolean(),
  /** The roles call for one. Until it is on, the actor has no roles. */
  mustSetUpSecondFactor: z.boolean().default(false),
});
export type Session = z.infer<typeof sessionSchema>;

/** A second factor that is offered: not in force before a code of it was shown. */
export const secondFactorSchema = z.object({ uri: z.string(), secret: z.string() });
export type SecondFactor = z.infer<typeof secondFactorSchema>;

const personSchema = z.object({
  id: z.string(),
  roles: rolesSchema,
  centers: centersSchema,
  state: z.enum(['active', 'closed']),
  secondFactor: z.boolean(),
  locked: z.boolean(),
  lastSignIn: z.string().nullable(),
});
export const peopleSchema = z.array(personSchema);
export type Person = z.infer<typeof personSchema>;

/** The link is what stands behind `#link=`: where the console is, the page knows best. */
export const linkSchema = z.object({ link: z.string(), expiresAt: z.string() });
export type SignInLink = z.infer<typeof linkSchema>;

const serviceSchema = z.object({
  name: z.string(),
  roles: rolesSchema,
  centers: centersSchema,
  expiresAt: z.string(),
});
export const servicesSchema = z.array(serviceSchema);
export type Service = z.infer<typeof serviceSchema>;

export const serviceSecretSchema = z.object({ name: z.string(), secret: z.string(), expiresAt: z.string() });
export type ServiceSecret = z.infer<typeof serviceSecretSchema>;

const auditEntrySchema = z.object({
  writer: z.string(),
  n: z.number(),
  at: z.string(),
  by: z.string(),
  act: z.string(),
  done: z.string().nullish(),
  outcome: z.string(),
  address: z.string().nullish(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
/** Newest first; `before` asks for what is older. */
export const auditPageSchema = z.object({ entries: z.array(auditEntrySchema), before: z.string().nullish() });

export const auditVerdictSchema = z.object({
  holds: z.boolean(),
  writers: z.array(z.object({ writer: z.string(), entries: z.number() })),
  /** Sentences that begin with where. */
  faults: z.array(z.string()),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

/** 'invited': never enrolled so far. */
export const TRUST_STATES = [...STATION_STATES, 'invited'] as const;
export type TrustState = (typeof TRUST_STATES)[number];

const holderSchema = z.object({ id: z.string(), signingKey: z.object({ keyId: z.string() }) });
const stationKeysSchema = z.object({
  signingKeyId: z.string(),
  sealingKeyId: z.string(),
  until: z.string().nullable(),
  why: z.enum(['present', 'rotated', 'replaced']),
});
export const stationDetailSchema = z.object({
  station: z.string(),
  state: z.enum(TRUST_STATES),
  since: z.string().nullable(),
  by: z.string().nullable(),
  card: z.object({ operators: z.array(holderSchema), supervisors: z.array(holderSchema).default([]) }).nullable(),
  /** The present ones first. */
  keys: z.array(stationKeysSchema),
  invitation: z.object({ expiresAt: z.string(), by: z.string() }).optional(),
});
export type StationDetail = z.infer<typeof stationDetailSchema>;

export const invitationSchema = z.object({ token: z.string(), expiresAt: z.string() });
export type Invitation = z.infer<typeof invitationSchema>;

/** As shared/registration has them, which a browser can't load. */
const REASONS = ['correction', 'introducer', 'answer', 'decision', 'paused'] as const satisfies Parked['reason'][];
const reasonSchema = z.enum(REASONS);

export const registrationSchema = z.object({
  rid: z.string(),
  state: z.enum(REGISTRATION_STATES),
  station: z.string(),
  process: z.string(),
  priority: z.enum(['urgent', 'normal']),
  flow: z.object({ version: z.number() }).nullable(),
  stage: z.string().nullable(),
  since: z.string(),
  attempts: z.number(),
  notBefore: z.string().nullable(),
  parked: z.object({ reason: reasonSchema, until: z.string(), key: z.string().optional() }).nullable(),
  verdict: z.object({ state: z.enum(REGISTRATION_STATES), code: z.string() }).nullable(),
  /** Registrations of whom this one may be about, for who decides. */
  candidates: z.array(z.string()).default([]),
  /** Events and orders that have not come to it. */
  ordered: z.number(),
  history: z.array(
    z.object({
      at: z.string(),
      stage: z.string(),
      outcome: z.string(),
      code: z.string().nullish(),
      by: z.string().nullish(),
    }),
  ),
});
export type RegistrationView = z.infer<typeof registrationSchema>;

const countsSchema = z.record(z.string(), z.number());
export const foundSchema = z.object({
  rids: z.array(z.string()),
  complete: z.boolean(),
  byStage: countsSchema,
  byCenter: countsSchema,
  samples: z.array(z.object({ rid: z.string(), stage: z.string(), code: z.string().nullable() })),
});
export type Found = z.infer<typeof foundSchema>;

export const previewSchema = foundSchema.extend({ token: z.string() });
export type OrderPreview = z.infer<typeof previewSchema>;

export const givenSchema = z.object({ id: z.string() });
export const orderStatusSchema = z.object({ applied: z.number(), ignored: z.number(), waiting: z.number() });
export type OrderStatus = z.infer<typeof orderStatusSchema>;

export const pauseRulesSchema = z.array(
  z.object({
    by: z.string(),
    at: z.string(),
    rule: z.object({
      name: z.string(),
      match: z.record(z.string(), z.unknown()),
      from: z.string().optional(),
      until: z.string().optional(),
      hours: z.number().optional(),
      after: z.enum(['resume', 'stop']),
    }),
  }),
);

const deadLetterSchema = z.object({
  rid: z.string(),
  station: z.string(),
  stage: z.string(),
  at: z.string(),
  code: z.string(),
});
export const deadLettersSchema = z.object({ letters: z.array(deadLetterSchema), complete: z.boolean() });

/**
 * Master data: what the core tells a station about its world, signed by the core. Two documents in the station's channel,
 * which the core writes over when something changes: `number` then increases, and a station keeps the higher one.
 */
import { z } from 'zod';
import type { KeyPair, PublicKey } from '../crypto/keys.ts';
import { sign, verifySignature } from '../crypto/signature.ts';
import type { StationLimits } from '../policy/station-limits.ts';
import { PERSON_ROLES } from './cards.ts';
import { coreSignatureSchema, personIdSchema, stationSchema, timeSchema } from './common.ts';
import { linkPlanSchema } from './link-plan.ts';
import { workingHoursSchema } from './working-hours.ts';

const MAX_RETENTION_DAYS = 3_650;

/** From `from` up to, not including, `until`; for ever when there is none. */
const periodSchema = z
  .strictObject({ from: timeSchema, until: timeSchema.exactOptional() })
  .refine(({ from, until }) => until === undefined || Date.parse(from) < Date.parse(until), 'ends before it begins');
export const periodsSchema = z.array(periodSchema).max(100);

export const rolesSchema = z
  .array(z.enum(PERSON_ROLES))
  .min(1)
  .refine((roles) => new Set(roles).size === roles.length, 'a role stands twice');
const personSchema = z.strictObject({ id: personIdSchema, roles: rolesSchema, periods: periodsSchema });

const deviceText = z.string().min(1).max(128);
/** What a device says of itself, and is known by. */
export const deviceShape = { make: deviceText, model: deviceText, serial: deviceText };
export const blockedSchema = z.array(
  z.strictObject({ ...deviceShape, from: timeSchema, until: timeSchema.exactOptional() }),
);
/** Devices that may be used at a center. */
const knownSchema = z.array(z.strictObject(deviceShape)).max(10_000);
export const calibratedSchema = z.array(z.strictObject({ ...deviceShape, until: timeSchema }));

const bound = z.number().nonnegative().nullable();
/** Whoever is refused was warned: a limit that refuses also warns, and not later. */
function thresholdSchema(warnsInTime: (warn: number, refuse: number) => boolean) {
  return z
    .strictObject({ warn: bound, refuse: bound })
    .refine(({ warn, refuse }) => refuse === null || warn !== null, 'refuses without a warning')
    .refine(({ warn, refuse }) => refuse === null || warn === null || warnsInTime(warn, refuse), 'warns too late');
}
/** Of what grows until it is too much. */
const atMostSchema = thresholdSchema((warn, refuse) => warn <= refuse);
/** Of what shrinks until it is too little. */
const atLeastSchema = thresholdSchema((warn, refuse) => warn >= refuse);
/** What the core sets in place of the defaults; a threshold is replaced as a whole. */
export const limitsSchema = z.strictObject({
  diskReserveBytes: z.int().nonnegative().exactOptional(),
  diskRoomPackets: atLeastSchema.exactOptional(),
  waitingPackets: atMostSchema.exactOptional(),
  waitingDays: atMostSchema.exactOptional(),
  approvalPackets: atMostSchema.exactOptional(),
  approvalDays: atMostSchema.exactOptional(),
  syncDays: atMostSchema.exactOptional(),
} satisfies Record<keyof StationLimits, z.ZodType>);

export const retentionDaysSchema = z.int().nonnegative().max(MAX_RETENTION_DAYS);

const common = {
  v: z.literal(1),
  station: stationSchema,
  /** Increases whenever something changes; not always by one. */
  number: z.int().positive(),
  at: timeSchema,
};

/** `center`, `machine` and `people`: absent means that the core sets no such rule. */
const stationBodySchema = z.strictObject({
  ...common,
  kind: z.literal('station'),
  /** When the station's center is open for enrolment, and when the station is admitted to it. */
  center: periodsSchema.exactOptional(),
  machine: periodsSchema.exactOptional(),
  /** When the center works within these periods; absent: at any hour. */
  hours: workingHoursSchema.exactOptional(),
  /** Who may serve at the station's center, and as what. */
  people: z.array(personSchema).exactOptional(),
  /** Whether a supervisor must approve every packet. */
  approval: z.boolean(),
  limits: limitsSchema,
  /** How long a station keeps a packet after its end; absent means that the station's own default counts. */
  retentionDays: retentionDaysSchema.exactOptional(),
  /** How the station may use its link for packets; takes the place of what it was started with, as a whole. */
  link: linkPlanSchema.exactOptional(),
});

const devicesBodySchema = z.strictObject({
  ...common,
  kind: z.literal('devices'),
  /** Devices that may not be used from then on, until then. */
  blocked: blockedSchema,
  /** Until when the calibration of a device holds. A device that is not named needs none. */
  calibrated: calibratedSchema,
  /** The only ones that may be used at the station's center; absent: any. */
  known: knownSchema.exactOptional(),
});

const masterStationSchema = stationBodySchema.extend({ signature: coreSignatureSchema });
const masterDevicesSchema = devicesBodySchema.extend({ signature: coreSignatureSchema });
export const masterSchema = z.discriminatedUnion('kind', [masterStationSchema, masterDevicesSchema]);

export type Period = z.infer<typeof periodSchema>;
export type MasterStationBody = z.infer<typeof stationBodySchema>;
export type MasterDevicesBody = z.infer<typeof devicesBodySchema>;
export type MasterBody = MasterStationBody | MasterDevicesBody;
export type MasterStation = z.infer<typeof masterStationSchema>;
export type MasterDevices = z.infer<typeof masterDevicesSchema>;
export type Master = z.infer<typeof masterSchema>;

/** "master:station", "master:devices" */
export function masterId(kind: MasterBody['kind']): string {
  return `master:${kind}`;
}

export function signMaster(body: MasterBody, core: KeyPair): Master {
  return { ...body, signature: { keyId: core.keyId, value: sign('master', body, core) } };
}

export function verifyMaster(master: Master, core: PublicKey): boolean {
  const { signature, ...body } = master;
  return signature.keyId === core.keyId && verifySignature('master', body, signature.value, core);
}

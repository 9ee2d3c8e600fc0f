/**
 * A country's master data, as an administrator sets it in one file, and what of it concerns one station. A part that is
 * left out sets no rules; a part that is there admits only whom and what it names.
 */
import { type MasterData, masterDataOf } from '@enroute/shared/policy/master-data.ts';
import { personIdSchema, stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { linkPlanSchema } from '@enroute/shared/schemas/link-plan.ts';
import {
  blockedSchema,
  calibratedSchema,
  deviceShape,
  limitsSchema,
  type MasterDevicesBody,
  type MasterStationBody,
  type Period,
  periodsSchema,
  retentionDaysSchema,
  rolesSchema,
} from '@enroute/shared/schemas/master.ts';
import { workingHoursSchema } from '@enroute/shared/schemas/working-hours.ts';
import { z } from 'zod';

const centerSchema = z.string().regex(/^\d{5}$/, 'a center is five digits');

/** The file. Nothing in it is unknown, so that a mistyped name is not a rule that is silently left out. */
export const countryMasterSchema = z.strictObject({
  approval: z.boolean(),
  limits: limitsSchema.exactOptional(),
  retentionDays: retentionDaysSchema.exactOptional(),
  /** How every station may use its link for packets. */
  link: linkPlanSchema.exactOptional(),
  centers: z
    .array(z.strictObject({ id: centerSchema, periods: periodsSchema, hours: workingHoursSchema.exactOptional() }))
    .exactOptional(),
  machines: z.array(z.strictObject({ station: stationSchema, periods: periodsSchema })).exactOptional(),
  people: z
    .array(
      z.strictObject({
        id: personIdSchema,
        roles: rolesSchema,
        /** Where the person serves. */
        centers: z.array(centerSchema).min(1),
        periods: periodsSchema,
      }),
    )
    .exactOptional(),
  devices: z
    .strictObject({
      blocked: blockedSchema,
      calibrated: calibratedSchema,
      /** The only ones that may be used, and where; left out: any, anywhere. */
      known: z.array(z.strictObject({ ...deviceShape, centers: z.array(centerSchema).min(1) })).exactOptional(),
    })
    .exactOptional(),
});

export type CountryMaster = z.infer<typeof countryMasterSchema>;

export const storedMasterSchema = z.object({
  _rev: z.string(),
  number: z.int().positive(),
  /** When it was set. */
  at: timeSchema,
  country: countryMasterSchema,
});

/** As it stands in the core: the same number and time wherever it is sent. */
export type StoredMaster = z.infer<typeof storedMasterSchema>;

export interface StationMaster {
  readonly station: MasterStationBody;
  readonly devices: MasterDevicesBody;
}

const CENTER_DIGITS = 5;

/** What a station is told, before it is signed: always the same for the same master data. */
export function masterOfStation({ number, at, country }: Omit<StoredMaster, '_rev'>, station: string): StationMaster {
  const { centers, machines, people, devices, limits = {}, retentionDays, link } = country;
  const center = station.slice(0, CENTER_DIGITS);
  const hours = centers?.find(({ id }) => id === center)?.hours;
  const common = { v: 1, station, number, at } as const;
  return {
    station: {
      ...common,
      kind: 'station',
      ...(centers && { center: periodsOf(centers.filter(({ id }) => id === center)) }),
      ...(hours && { hours }),
      ...(machines && { machine: periodsOf(machines.filter((one) => one.station === station)) }),
      ...(people && {
        people: people
          .filter((one) => one.centers.includes(center))
          .map(({ id, roles, periods }) => ({ id, roles, periods })),
      }),
      approval: country.approval,
      limits,
      ...(retentionDays !== undefined && { retentionDays }),
      ...(link && { link }),
    },
    devices: {
      ...common,
      kind: 'devices',
      blocked: devices?.blocked ?? [],
      calibrated: devices?.calibrated ?? [],
      ...(devices?.known && {
        known: devices.known
          .filter((one) => one.centers.includes(center))
          .map(({ make, model, serial }) => ({ make, model, serial })),
      }),
    },
  };
}

/** The same, as the policy takes it: what the station's desk asks by, the core asks by. */
export function masterDataOfStation(stored: StoredMaster, station: string): MasterData | undefined {
  const documents = masterOfStation(stored, station);
  return masterDataOf(documents.station, documents.devices);
}

function periodsOf(entries: readonly { readonly periods: readonly Period[] }[]): Period[] {
  return entries.flatMap(({ periods }) => periods);
}

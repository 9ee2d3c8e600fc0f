/** Acts about stations: who may come in. */
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { MAX_VALID_HOURS } from '../stations/invitations.ts';
import { QUEUED_PACKETS } from '../stations/station-entry.ts';
import { STATION_STATES } from '../stations/station-rights.ts';
import type { Act } from './act.ts';

const stationInput = z.strictObject({ station: stationSchema });
type StationInput = z.infer<typeof stationInput>;

const inviteInput = stationInput.extend({
  validHours: z.int().min(1).max(MAX_VALID_HOURS).optional(),
  queuedPackets: z.enum(QUEUED_PACKETS).optional(),
});
const inviteSaid = z.object({ token: z.string(), expiresAt: z.string() });

export const inviteAct: Act<z.infer<typeof inviteInput>, z.infer<typeof inviteSaid>> = {
  name: 'station.invite',
  input: inviteInput,
  said: inviteSaid,
  done: ({ station }) => `station ${station}`,
  carryOut: async ({ stationAdministration }, { station, validHours, queuedPackets }, by) => {
    const { token, expiresAt } = await stationAdministration.invite(station, by, { validHours, queuedPackets });
    return { token, expiresAt };
  },
};

const listedSchema = z.object({
  station: stationSchema,
  state: z.enum(STATION_STATES),
  lastSeen: z.string().nullable(),
});

export const listStationsAct: Act<Record<string, never>, z.infer<typeof listedSchema>[]> = {
  name: 'station.list',
  input: z.record(z.string(), z.never()),
  said: z.array(listedSchema),
  carryOut: async ({ stations }) => {
    const lastSeen = await stations.lastSeen();
    return (await stations.entries()).map(({ station, state }) => {
      return { station, state, lastSeen: lastSeen.get(station) ?? null };
    });
  },
};

export const suspendAct: Act<StationInput, null> = {
  name: 'station.suspend',
  input: stationInput,
  said: z.null(),
  done: ({ station }) => `station ${station}`,
  carryOut: async ({ stationAdministration }, { station }, by) => {
    await stationAdministration.suspend(station, by);
    return null;
  },
};

export const reinstateAct: Act<StationInput, null> = {
  name: 'station.reinstate',
  input: stationInput,
  said: z.null(),
  done: ({ station }) => `station ${station}`,
  carryOut: async ({ stationAdministration }, { station }, by) => {
    await stationAdministration.reinstate(station, by);
    return null;
  },
};

const revokeInput = stationInput.extend({ queuedPackets: z.enum(QUEUED_PACKETS) });

export const revokeAct: Act<z.infer<typeof revokeInput>, null> = {
  name: 'station.revoke',
  input: revokeInput,
  said: z.null(),
  done: ({ station, queuedPackets }) => `station ${station}, queued packets: ${queuedPackets}`,
  carryOut: async ({ stationAdministration }, { station, queuedPackets }, by) => {
    await stationAdministration.revoke(station, by, queuedPackets);
    return null;
  },
};

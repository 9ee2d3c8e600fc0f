/** How a machine becomes a station, and how a station changes its keys. Either may be repeated until an answer comes through. */
import { MAX_STATION_KEYS_BYTES, STATION_KEYS_PATH, stationKeysSchema } from '@enroute/shared/schemas/key-rotation.ts';
import {
  ENROLMENTS_PATH,
  MAX_ENROLMENT_BYTES,
  stationEnrolmentSchema,
} from '@enroute/shared/schemas/station-enrolment.ts';
import { channelName } from '@enroute/sync/channel/documents.ts';
import { type EnrolOptions, enrolStation } from '../../stations/enrol-station.ts';
import { rotateStationKeys } from '../../stations/rotate-keys.ts';
import type { Route } from '../route.ts';

export type EnrolmentRoutesOptions = EnrolOptions;

export function enrolmentRoutes(options: EnrolmentRoutesOptions): readonly Route[] {
  return [
    {
      kind: 'json',
      method: 'POST',
      path: `/${ENROLMENTS_PATH}`,
      access: { by: 'anyone' },
      rate: 'enrolment',
      body: stationEnrolmentSchema,
      maxBodyBytes: MAX_ENROLMENT_BYTES,
      act: 'station.enrol',
      about: (body) => {
        const { station, signingKey } = stationEnrolmentSchema.parse(body).card;
        return `station ${station} with key ${signingKey.keyId}`;
      },
      // Whoever is told one of these has the token: somebody else was before them, or they try keys that are not theirs.
      notedOfAnyone: ['ENR-TRU-004', 'ENR-TRU-005', 'ENR-TRU-006'],
      answer: async ({ body }) => ({ body: await enrolStation(stationEnrolmentSchema.parse(body), options) }),
    },
    {
      kind: 'json',
      method: 'PUT',
      path: `/${channelName(':station')}/${STATION_KEYS_PATH}`,
      access: { by: 'station', right: 'keys', own: 'channel' },
      rate: 'station',
      body: stationKeysSchema,
      maxBodyBytes: MAX_STATION_KEYS_BYTES,
      act: 'station.rotate-keys',
      answer: async ({ params, body }) => {
        const next = stationKeysSchema.parse(body);
        const station = params.station ?? '';
        const answer = await rotateStationKeys(station, next, options);
        return { body: answer, done: `station ${station} from key ${next.from} to ${next.signingKey.keyId}` };
      },
    },
  ];
}

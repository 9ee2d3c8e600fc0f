/** The core's only door, as a table of contents: what is served, and behind which guard. */
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';
import type { CoreDatabases } from '../databases.ts';
import type { MasterOf } from '../master/master-view.ts';
import type { Conservation } from '../ops/conservation.ts';
import { stationStatuses } from '../ops/station-status.ts';
import type { People } from '../people/people.ts';
import type { StationAdministration } from '../stations/station-administration.ts';
import type { StationRegister } from '../stations/station-register.ts';
import type { Vault } from '../vault/vault.ts';
import { channelRoutes } from './channel/channel-routes.ts';
import type { SayCoreWord } from './channel/core-word.ts';
import type { OpenPolls } from './channel/open-polls.ts';
import type { AuthenticatePerson } from './door/admit.ts';
import type { Draining } from './door/draining.ts';
import { healthRoutes, type Needs } from './door/health-routes.ts';
import { openRateLimits, type RateLimits } from './door/rate-limits.ts';
import { namingRequests } from './door/request-id.ts';
import { type MetricsRoutesOptions, metricsRoutes } from './metrics/metrics-routes.ts';
import { mountRoutes } from './mount-routes.ts';
import { auditRoutes } from './people/audit-routes.ts';
import { pageRoutes } from './people/page-routes.ts';
import { peopleRoutes } from './people/people-routes.ts';
import { registrationRoutes } from './people/registration-routes.ts';
import { sessionRoutes } from './people/session-routes.ts';
import { stationViewRoutes } from './people/station-view-routes.ts';
import { orderRoutes } from './registrations/order-routes.ts';
import { pauseRuleRoutes } from './registrations/pause-rule-routes.ts';
import type { Route } from './route.ts';
import { answerRoutes, type StageAnswersOptions } from './stages/answer-routes.ts';
import { authenticateStage } from './stages/stage-auth.ts';
import { type EnrolmentRoutesOptions, enrolmentRoutes } from './stations/enrolment-routes.ts';
import { stationAdminRoutes } from './stations/station-admin-routes.ts';
import { authenticateStation, requireStillAdmitted } from './stations/station-auth.ts';
import { admission, DEFAULT_ADMISSION } from './uploads/admission.ts';
import type { IncomingStore } from './uploads/incoming-store.ts';
import { type UploadSettings, uploadRoutes } from './uploads/upload-routes.ts';

export interface GatewayOptions {
  readonly databases: CoreDatabases;
  readonly vault: Vault;
  readonly register: StationRegister;
  readonly card: CoreCard;
  /** Of the keys that stations seal packets for; the card's alone where it is not given. */
  readonly packetKeyIds?: ReadonlySet<string>;
  /** Processes that there is a flow for. */
  readonly processes: ReadonlySet<string>;
  readonly masterOf: MasterOf;
  readonly sayCoreWord: SayCoreWord;
  /** To be drained before the gateway is closed. */
  readonly polls: OpenPolls;
  readonly incoming: IncomingStore;
  readonly uploads?: UploadSettings;
  readonly consoleFolder: string;
  /** Who may use the core besides stations; nobody where it is not given. */
  readonly people?: PeopleDoorOptions;
  /** How machines become stations, and who steers them; nobody does where it is not given. */
  readonly trust?: StationTrustOptions;
  /** What services of a country's stages answer later; nobody does where it is not given. */
  readonly stages?: StageAnswersOptions;
  /** What machines and people can see of the pipeline; nothing where it is not given. */
  readonly metrics?: MetricsRoutesOptions;
  readonly limits?: RateLimits;
  /** Addresses and networks of proxies whose word is taken for where a request comes from, e.g. "10.1.0.0/16". */
  readonly trustProxy?: readonly string[];
  /** Besides the store and its disk. */
  readonly needs?: Needs;
  readonly draining?: Draining;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface PeopleDoorOptions {
  readonly people: People;
  readonly audit: Audit;
  /** All that the core has signed with. */
  readonly signingKeys: () => readonly PublicKey[];
  readonly conservation: () => Promise<Conservation>;
}

export interface StationTrustOptions {
  readonly enrolment: EnrolmentRoutesOptions;
  readonly administration: StationAdministration;
}

function trustRoutes({ enrolment, administration }: StationTrustOptions): readonly Route[] {
  return [...enrolmentRoutes(enrolment), ...stationAdminRoutes({ administration })];
}

function peoplesRoutes(
  door: PeopleDoorOptions,
  { databases, register, draining, now }: GatewayOptions,
): readonly Route[] {
  const { people, conservation } = door;
  const ending = draining ? { ending: draining.signal } : {};
  return [
    ...sessionRoutes(door),
    ...peopleRoutes(door),
    ...auditRoutes({ ...door, audit: databases.audit }),
    ...stationViewRoutes({ people, statuses: () => stationStatuses(register, databases), ...ending }),
    ...registrationRoutes({ databases, conservation, now }),
    ...orderRoutes({ databases, now }),
    ...pauseRuleRoutes({ databases, now }),
  ];
}

/** Everything that can be asked for. */
export function gatewayRoutes(options: GatewayOptions): readonly Route[] {
  const { databases, register, card, needs = {}, draining } = options;
  const store = async (): Promise<boolean> => (await databases.stations.info()) !== undefined;
  // As an upload would find it.
  const disk = async (): Promise<boolean> => {
    const room = await options.incoming.medium.room();
    return admission({ running: 0, room }, options.uploads?.limits ?? DEFAULT_ADMISSION, 0).admitted;
  };
  return [
    ...healthRoutes({ needs: { store, disk, ...needs }, isDraining: () => draining?.hasBegun ?? false }),
    ...channelRoutes({
      ...options,
      terms: {
        packetKeyIds: options.packetKeyIds ?? new Set([card.sealingKey.keyId]),
        cardsInForce: (station) => register.cardsInForce(station),
        processes: options.processes,
        masterOf: options.masterOf,
      },
      epoch: card.epoch,
    }),
    ...uploadRoutes({
      ...options.uploads,
      incoming: options.incoming,
      vault: options.vault,
      registrations: databases.registrations,
      requireStillAdmitted: (station) => requireStillAdmitted(register, station, 'deliver'),
      ...(draining ? { ending: draining.signal } : {}),
      now: options.now,
      log: options.log,
    }),
    ...(options.trust ? trustRoutes(options.trust) : []),
    ...(options.people ? peoplesRoutes(options.people, options) : []),
    ...(options.stages ? answerRoutes(options.stages) : []),
    ...(options.metrics ? metricsRoutes(options.metrics) : []),
    ...pageRoutes({ page: options.consoleFolder }),
  ];
}

export function createGateway(given: GatewayOptions): Express {
  const options = { ...given, log: namingRequests(given.log) };
  const { register, now, log } = options;
  const app = express();
  app.set('trust proxy', options.trustProxy ? [...options.trustProxy] : false);
  mountRoutes(app, gatewayRoutes(options), {
    limits: options.limits ?? openRateLimits(),
    authenticateStation: authenticateStation(register, now),
    authenticatePerson: options.people?.people.authenticatePerson ?? nobody,
    authenticateStage: authenticateStage(options.stages?.desks ?? new Map(), now),
    noteSeen: (station) => register.noteSeen(station),
    noteAct: async (note) => options.people?.audit.note(note),
    log,
  });
  return app;
}

const nobody: AuthenticatePerson = () => Promise.reject(new EnrouteError('ENR-AUT-001'));

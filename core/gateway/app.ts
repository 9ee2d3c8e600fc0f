/** The core's only door, as a table of contents: what is served, and behind which guard. */
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { channelName } from '@enroute/sync/channel/documents.ts';
import { UPLOADS_PATH } from '@enroute/sync/upload/upload-id.ts';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { CoreDatabases } from '../databases.ts';
import type { MasterOf } from '../master/master-view.ts';
import { stationStatuses } from '../ops/station-status.ts';
import type { StationRegister } from '../stations/station-register.ts';
import type { Vault } from '../vault/vault.ts';
import { channelRoutes } from './channel/channel-routes.ts';
import type { SayCoreWord } from './channel/core-word.ts';
import type { OpenPolls } from './channel/open-polls.ts';
import { answerErrors, notFound } from './door/refuse.ts';
import { securityHeaders } from './door/security-headers.ts';
import { consoleRoutes } from './people/console-routes.ts';
import { authenticateStation } from './stations/station-auth.ts';
import type { IncomingStore } from './uploads/incoming-store.ts';
import { type UploadSettings, uploadRoutes } from './uploads/upload-routes.ts';

export interface GatewayOptions {
  readonly databases: CoreDatabases;
  readonly vault: Vault;
  readonly register: StationRegister;
  readonly card: CoreCard;
  /** Processes that there is a flow for. */
  readonly processes: ReadonlySet<string>;
  readonly masterOf: MasterOf;
  readonly sayCoreWord: SayCoreWord;
  /** To be drained before the gateway is closed. */
  readonly polls: OpenPolls;
  readonly incoming: IncomingStore;
  readonly uploads?: UploadSettings;
  readonly consoleFolder: string;
  readonly consoleToken: string;
  readonly now: () => Date;
  readonly log: Logger;
}

export function createGateway(options: GatewayOptions): Express {
  const { databases, vault, register, now, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Before the headers for browsers: no browser comes here, and over a slow link they cost more than the answer.
  const station = authenticateStation(register, now);
  app.use(
    `/${channelName(':station')}`,
    station,
    channelRoutes({
      databases,
      register,
      terms: {
        packetKeyId: options.card.sealingKey.keyId,
        processes: options.processes,
        masterOf: options.masterOf,
      },
      epoch: options.card.epoch,
      sayCoreWord: options.sayCoreWord,
      polls: options.polls,
      now,
    }),
  );
  app.use(
    `/${UPLOADS_PATH}`,
    station,
    uploadRoutes({
      ...options.uploads,
      incoming: options.incoming,
      vault,
      registrations: databases.registrations,
      now,
      log,
    }),
  );
  app.use(securityHeaders());
  app.get('/up', (_request, response) => {
    response.json({ ok: true });
  });
  app.use(
    '/console',
    consoleRoutes({
      token: options.consoleToken,
      page: options.consoleFolder,
      statuses: () => stationStatuses(register, databases),
    }),
  );
  app.use(notFound);
  app.use(answerErrors(log));
  return app;
}

/**
 * Answers the window's questions. Only the app's own page, in the top frame of the app's own window, is answered; a
 * frame that got into the window some other way is not, and neither are values of another shape than agreed.
 */
import { LINK_ORDERS } from '@enroute/edge-agent/local-api/front-desk.ts';
import { steerLink } from '@enroute/edge-agent/local-api/steer-link.ts';
import { REJECTION_REASONS } from '@enroute/edge-agent/queue/rejection.ts';
import type { Station } from '@enroute/edge-agent/station.ts';
import { personIdSchema, ridSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import {
  type Answer,
  type AwaitingRow,
  CHANNELS,
  type Decided,
  MAX_DECISIONS,
  MAX_QUEUE_ROWS,
  type QueueRow,
  type ResultView,
  type Reviewed,
  type StationView,
  type TaskRow,
} from '../shared-api.ts';
import { isAppUrl } from './app-files.ts';
import { type ApprovalDesk, approve, listAwaiting, reject, review } from './approvals.ts';
import type { Caller, IpcMainPort } from './electron-ports.ts';
import { refusalOf } from './refusal.ts';
import { queueRow, stationView, taskRow } from './views.ts';

export interface IpcOptions {
  /** Rejects with the reason when the station could not be started; that reason is then every answer. */
  readonly station: Promise<Pick<Station, 'status' | 'openTasks' | 'result' | 'link'> & ApprovalDesk>;
  /** The id of the app's window. */
  readonly windowId: number;
  readonly log: Logger;
}

/** Longer than any passphrase; what is longer still would only keep the derivation busy. */
const MAX_PASSWORD_CHARACTERS = 1_024;

const none = z.tuple([]);
const limit = z.tuple([z.int().min(1).max(MAX_QUEUE_ROWS)]);
const linkOrder = z.tuple([z.enum(LINK_ORDERS)]);
const rid = z.tuple([ridSchema]);
const rids = z
  .array(ridSchema)
  .min(1)
  .max(MAX_DECISIONS)
  .refine((all) => new Set(all).size === all.length, 'a registration is named once');
const signIn = z.strictObject({ person: personIdSchema, password: z.string().min(1).max(MAX_PASSWORD_CHARACTERS) });
const decision = z.tuple([rids, signIn]);
const rejection = z.tuple([rids, z.enum(REJECTION_REASONS), signIn]);

export function answerWindow(ipc: IpcMainPort, { station, windowId, log }: IpcOptions): void {
  function answer<Values extends unknown[], T>(
    channel: string,
    schema: z.ZodType<Values>,
    find: (...values: Values) => Promise<T>,
  ): void {
    ipc.handle(channel, async (caller, ...values): Promise<Answer<T>> => {
      if (!isOwnPage(caller, windowId)) {
        log.error({ channel }, 'a frame that is not the window’s page asked');
        throw new Error('refused');
      }
      const parsed = schema.safeParse(values);
      if (!parsed.success) return { ok: false, code: 'ENR-WEB-003' };
      try {
        return { ok: true, value: await find(...parsed.data) };
      } catch (error) {
        if (error instanceof EnrouteError) return refusalOf(error);
        log.error({ err: error, channel }, 'a question of the window could not be answered');
        return { ok: false, code: 'ENR-WEB-002' };
      }
    });
  }

  answer(CHANNELS.status, none, async (): Promise<StationView> => stationView(await (await station).status()));
  answer(CHANNELS.link, linkOrder, async (order): Promise<null> => {
    steerLink((await station).link, order);
    return null;
  });
  answer(CHANNELS.queue, limit, async (rows): Promise<QueueRow[]> => (await (await station).queue(rows)).map(queueRow));
  answer(CHANNELS.tasks, none, async (): Promise<TaskRow[]> => (await (await station).openTasks()).map(taskRow));
  answer(CHANNELS.result, rid, async (of): Promise<ResultView | null> => (await (await station).result(of)) ?? null);
  answer(CHANNELS.awaiting, none, async (): Promise<AwaitingRow[]> => listAwaiting(await station));
  answer(CHANNELS.review, decision, async (of, by): Promise<Reviewed[]> => review(await station, of, by));
  answer(CHANNELS.approve, decision, async (of, by): Promise<Decided[]> => approve(await station, of, by));
  answer(CHANNELS.reject, rejection, async (of, why, by): Promise<Decided[]> => reject(await station, of, why, by));
}

function isOwnPage({ sender, senderFrame }: Caller, windowId: number): boolean {
  return sender.id === windowId && senderFrame !== null && senderFrame.parent === null && isAppUrl(senderFrame.url);
}

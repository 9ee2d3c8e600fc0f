/**
 * Answers the window's questions. Only the app's own page, in the top frame of the app's own window, is answered; a
 * frame that got into the window some other way is not, and neither are values of another shape than agreed.
 */
import type { Station } from '@enroute/edge-agent/station.ts';
import { ridSchema } from '@enroute/shared/schemas/common.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import {
  type Answer,
  CHANNELS,
  MAX_QUEUE_ROWS,
  type QueueRow,
  type ResultView,
  type StationView,
  type TaskRow,
} from '../shared-api.ts';
import { isAppUrl } from './app-files.ts';
import type { Caller, IpcMainPort } from './electron-ports.ts';
import { queueRow, stationView, taskRow } from './views.ts';

export interface IpcOptions {
  /** Rejects with the reason when the station could not be started; that reason is then every answer. */
  readonly station: Promise<Pick<Station, 'status' | 'queue' | 'openTasks' | 'result'>>;
  /** The id of the app's window. */
  readonly windowId: number;
  readonly log: Logger;
}

const none = z.tuple([]);
const limit = z.tuple([z.int().min(1).max(MAX_QUEUE_ROWS)]);
const rid = z.tuple([ridSchema]);

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
      if (!parsed.success) return refuse('ENR-WEB-003');
      try {
        return { ok: true, value: await find(...parsed.data) };
      } catch (error) {
        if (error instanceof EnrouteError) return refuse(error.code);
        log.error({ err: error, channel }, 'a question of the window could not be answered');
        return refuse('ENR-WEB-002');
      }
    });
  }

  answer(CHANNELS.status, none, async (): Promise<StationView> => stationView(await (await station).status()));
  answer(CHANNELS.queue, limit, async (rows): Promise<QueueRow[]> => (await (await station).queue(rows)).map(queueRow));
  answer(CHANNELS.tasks, none, async (): Promise<TaskRow[]> => (await (await station).openTasks()).map(taskRow));
  answer(CHANNELS.result, rid, async (of): Promise<ResultView | null> => (await (await station).result(of)) ?? null);
}

function refuse(code: StatusCode): { ok: false; code: StatusCode } {
  return { ok: false, code };
}

function isOwnPage({ sender, senderFrame }: Caller, windowId: number): boolean {
  return sender.id === windowId && senderFrame !== null && senderFrame.parent === null && isAppUrl(senderFrame.url);
}

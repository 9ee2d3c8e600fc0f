/** The station's link manager: its plan from the core or from whoever started it, the day's bytes kept on the disk. */
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import { addressesNow } from '@enroute/sync/link/addresses.ts';
import type { BackOff } from '@enroute/sync/link/back-off.ts';
import { LinkManager } from '@enroute/sync/link/link-manager.ts';
import type { LinkStatus } from '@enroute/sync/link/link-status.ts';
import type { Logger } from 'pino';
import type { OpenedStation } from '../open-station.ts';
import { openSentToday } from './sent-today.ts';

export interface StationLinkOptions {
  readonly backOff: BackOff;
  /** Counts until the core sets one; its own takes this one's place as a whole. */
  readonly plan: LinkPlan;
  readonly onChange: (status: LinkStatus) => void;
  readonly log: Logger;
}

export interface StationLink {
  readonly link: LinkManager;
  stop(): Promise<void>;
}

/** About so often a core that does not let the station in is asked again. */
const DENIED_MS = 5 * 60_000;

export async function openStationLink(
  { database, syncNotes, clock, corePlan }: OpenedStation,
  { backOff, plan, onChange, log }: StationLinkOptions,
): Promise<StationLink> {
  const sent = await openSentToday(database.counters, clock.now, log);
  const link = new LinkManager({
    backOff,
    deniedMs: DENIED_MS,
    plan: () => corePlan() ?? plan,
    sent,
    addresses: addressesNow,
    now: clock.now,
    random: Math.random,
    onChange: (status) => {
      const { state, reason } = status;
      log.info({ state, reason }, 'link');
      onChange(status);
    },
    onContact: () => {
      syncNotes.noteSync().catch((error: unknown) => log.error({ err: error }, 'the time of contact is not kept'));
    },
  });
  return {
    link,
    stop: async () => {
      link.stop();
      await sent.stop();
    },
  };
}

/** How the link to the core stands, as the channel and the uploader find out, for the screen. */
import { errorLine } from '@enroute/sync/disk/error-summary.ts';

export interface LinkStatus {
  readonly up: boolean;
  /** Since when it has been so (ISO 8601). */
  readonly since: string;
  /** Why it is down. */
  readonly reason: string | null;
}

export interface LinkWatch {
  readonly status: LinkStatus;
  /** Told by whoever has just used the link, as often as they like. */
  report(up: boolean, error?: Error): void;
}

/** @param onChange called when the link has come up or gone down, and not when it only still is. */
export function watchLink(now: () => Date, onChange: (status: LinkStatus) => void): LinkWatch {
  let status: LinkStatus = { up: false, since: now().toISOString(), reason: null };
  return {
    get status() {
      return status;
    },
    report: (up, error) => {
      const reason = up || !error ? null : errorLine(error);
      if (up === status.up) {
        status = { ...status, reason };
        return;
      }
      status = { up, since: now().toISOString(), reason };
      onChange(status);
    },
  };
}

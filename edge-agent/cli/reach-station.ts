/** The front desk of the station in a folder: the running agent's, or else the station opened here for one command. */
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { hasIdentity } from '../keys/station-identity.ts';
import { findAgent } from '../local-api/agent-file.ts';
import type { FrontDesk } from '../local-api/front-desk.ts';
import { openFrontDesk } from '../local-api/open-front-desk.ts';
import { remoteFrontDesk } from '../local-api/remote-front-desk.ts';
import { statusOf } from '../local-api/views.ts';
import { openStation } from '../open-station.ts';
import { localToken, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';

/** @throws EnrouteError ENR-CLI-001 when there is no station. */
export function demandStation(folder: string): void {
  if (!hasIdentity(folder)) throw new EnrouteError('ENR-CLI-001', folder);
}

/**
 * @throws EnrouteError ENR-CLI-001 or -002, ENR-STN-004, -005 or -011 when the station can't be reached, DeskFailure USAGE
 *   without the secret that it takes; whatever the work throws. Nothing is left open.
 */
export async function atStation(
  terminal: Terminal,
  folder: string,
  work: (desk: FrontDesk) => Promise<void>,
): Promise<void> {
  demandStation(folder);
  const agentUrl = await findAgent(folder);
  if (agentUrl !== undefined) return work(remoteFrontDesk(agentUrl, await localToken(terminal)));
  const station = await openStation({
    folder,
    passphrase: await stationPassphrase(terminal),
    now: terminal.now,
    log: openLogFile(join(folder, 'station.log')),
  });
  try {
    await work(openFrontDesk(station, async () => statusOf(await station.standing())));
  } finally {
    await station.close();
  }
}

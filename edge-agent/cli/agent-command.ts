/** `start`: the station at work, with its local API, until it is told to end. */
import { join } from 'node:path';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { z } from 'zod';
import { removeAgentFile, writeAgentFile } from '../local-api/agent-file.ts';
import { startLocalApi } from '../local-api/local-api.ts';
import { FIELD_TIMING, startStation } from '../station.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { demandStation } from './reach-station.ts';
import { newLocalToken, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { usageFailure } from './usage.ts';

export function addAgentCommand({ terminal, addRunning }: CommandSite): void {
  addRunning('start')
    .description('Keeps the queue, sends what is in it, and fetches the answers, until it is told to stop.')
    .requiredOption('--gateway <url>', "the core's gateway")
    .action(({ folder, gateway }: InFolder & { gateway: string }) => start(terminal, folder, gateway));
}

async function start(terminal: Terminal, folder: string, gateway: string): Promise<void> {
  demandStation(folder);
  const url = z.url({ protocol: /^https?$/ }).safeParse(gateway);
  if (!url.success) throw usageFailure("--gateway must be the address of the core's gateway.");
  const token = await newLocalToken(terminal);
  const station = await startStation({
    folder,
    passphrase: await stationPassphrase(terminal),
    gatewayUrl: url.data,
    timing: FIELD_TIMING,
    now: terminal.now,
    log: openLogFile(join(folder, 'station.log')),
  });
  try {
    const api = await startLocalApi(station, token, 0);
    try {
      await writeAgentFile(folder, api.url);
      terminal.out(`station  ${api.url}\n`);
      await terminal.toldToEnd();
    } finally {
      await removeAgentFile(folder);
      await api.stop();
    }
  } finally {
    await station.stop();
  }
}

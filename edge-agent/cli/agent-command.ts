/** `start`: the station at work, with its local API, until it is told to end. */
import { join } from 'node:path';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { readAuthority } from '@enroute/sync/settings/authority.ts';
import { z } from 'zod';
import { removeAgentFile, writeAgentFile } from '../local-api/agent-file.ts';
import { startLocalApi } from '../local-api/local-api.ts';
import { FIELD_TIMING, startStation } from '../station.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { addPlanOptions, type PlanOptions, planOf } from './plan-options.ts';
import { demandStation } from './reach-station.ts';
import { newLocalToken, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { pathArgument, usageFailure } from './usage.ts';

export function addAgentCommand({ terminal, addRunning }: CommandSite): void {
  addPlanOptions(addRunning('start'))
    .description('Keeps the queue, sends what is in it, and fetches the answers, until it is told to stop.')
    .requiredOption('--gateway <url>', "the core's gateway")
    .option(
      '--ca <file>',
      "certificate of the country's own authority (PEM); only gateways that it vouches for are believed",
      pathArgument,
    )
    .action((asked: Start) => start(terminal, asked));
}

interface Start extends InFolder, PlanOptions {
  readonly gateway: string;
  readonly ca?: string;
}

async function start(terminal: Terminal, { folder, gateway, ca: authority, ...given }: Start): Promise<void> {
  demandStation(folder);
  const url = z.url({ protocol: /^https?$/ }).safeParse(gateway);
  if (!url.success) throw usageFailure("--gateway must be the address of the core's gateway.");
  const ca = authority === undefined ? undefined : await readAuthority(authority).catch(refuseAuthority);
  const plan = planOf(given);
  const token = await newLocalToken(terminal);
  const station = await startStation({
    folder,
    passphrase: await stationPassphrase(terminal),
    gatewayUrl: url.data,
    ca,
    plan,
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

function refuseAuthority(error: Error): never {
  throw usageFailure(`--ca: ${error.message}.`);
}

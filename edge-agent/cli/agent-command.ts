/** `start`: the station at work, with its local API, until it is told to end. */
import { join } from 'node:path';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { removeAgentFile, writeAgentFile } from '../local-api/agent-file.ts';
import { startLocalApi } from '../local-api/local-api.ts';
import { FIELD_TIMING, startStation } from '../station.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { addGatewayOption, gatewayUrlOf, readGatewayTls, type TlsFiles } from './gateway-options.ts';
import { addPlanOptions, type PlanOptions, planOf } from './plan-options.ts';
import { demandStation } from './reach-station.ts';
import { newLocalToken, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';

export function addAgentCommand({ terminal, addRunning }: CommandSite): void {
  addPlanOptions(addGatewayOption(addRunning('start')))
    .description('Keeps the queue, sends what is in it, and fetches the answers, until it is told to stop.')
    .action((asked: Start) => start(terminal, asked));
}

interface Start extends InFolder, PlanOptions, TlsFiles {
  readonly gateway: string;
}

async function start(terminal: Terminal, { folder, gateway, ...given }: Start): Promise<void> {
  demandStation(folder);
  const gatewayUrl = gatewayUrlOf(gateway);
  const tls = await readGatewayTls(given);
  const plan = planOf(given);
  const token = await newLocalToken(terminal);
  const station = await startStation({
    folder,
    passphrase: await stationPassphrase(terminal),
    gatewayUrl,
    ...tls,
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

/** `enroute station …`: a station without a window. Secrets come from the environment, never from the command line. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { coreCardSchema } from '@enroute/shared/schemas/cards.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import { Command } from 'commander';
import { z } from 'zod';
import { createIdentity, createOperator, openIdentity, stationCardOf, trustCore } from '../keys/station-identity.ts';
import { startLocalApi } from '../local-api/local-api.ts';
import { FIELD_TIMING, startStation } from '../station.ts';

const stationEnvironment = z.object({ ENROUTE_STATION_PASSPHRASE: secret("opens the station's key file", 12) });
const operatorEnvironment = z.object({ ENROUTE_OPERATOR_PASSWORD: secret("opens the operator's key", 12) });
const agentEnvironment = stationEnvironment.extend({
  ENROUTE_LOCAL_TOKEN: secret("guards the station's local API", 16),
});

interface Folder {
  readonly folder: string;
}

export function stationCommand(): Command {
  const station = new Command('station').description('An enrolment station. Needs ENROUTE_STATION_PASSPHRASE.');
  const withFolder = (name: string): Command =>
    station
      .command(name)
      .requiredOption('--folder <folder>', 'where the station keeps everything', (path: string) => resolve(path));

  withFolder('init <number>')
    .description("Makes the station's keys; its number is center(5) and machine(5).")
    .action(async (number: string, { folder }: Folder) => {
      await createIdentity(folder, number, readEnvironment(stationEnvironment, process.env).ENROUTE_STATION_PASSPHRASE);
      say(`Station ${number} is in ${folder}.`);
    });

  withFolder('operator <id>')
    .description('Makes a key for an operator, opened by ENROUTE_OPERATOR_PASSWORD.')
    .action(async (id: string, { folder }: Folder) => {
      await createOperator(folder, id, readEnvironment(operatorEnvironment, process.env).ENROUTE_OPERATOR_PASSWORD);
      say(`Operator ${id} can sign at this station. Register the station's card with the core again.`);
    });

  withFolder('card')
    .description('Prints what the administrator registers at the core: public keys only.')
    .action(async ({ folder }: Folder) => {
      const identity = await openIdentity(
        folder,
        readEnvironment(stationEnvironment, process.env).ENROUTE_STATION_PASSPHRASE,
      );
      say(JSON.stringify(await stationCardOf(folder, identity), null, 2));
    });

  withFolder('trust <core-card>')
    .description('From now on this core is the one that the station seals for and believes.')
    .action(async (card: string, { folder }: Folder) => {
      await trustCore(folder, coreCardSchema.parse(JSON.parse(await readFile(card, 'utf8'))));
      say('The core is trusted.');
    });

  withFolder('start')
    .description('Keeps the queue, sends what is in it, and fetches the answers, until it is told to stop.')
    .requiredOption('--gateway <url>', "the core's gateway")
    .action(async ({ folder, gateway }: Folder & { gateway: string }) => start(folder, gateway));
  return station;
}

async function start(folder: string, gatewayUrl: string): Promise<void> {
  const { ENROUTE_STATION_PASSPHRASE: passphrase, ENROUTE_LOCAL_TOKEN: token } = readEnvironment(
    agentEnvironment,
    process.env,
  );
  await mkdir(folder, { recursive: true });
  const station = await startStation({
    folder,
    passphrase,
    gatewayUrl: z.url().parse(gatewayUrl),
    timing: FIELD_TIMING,
    now: () => new Date(),
    log: openLogFile(join(folder, 'station.log')),
  });
  const api = await startLocalApi(station, token, 0);
  say(`station  ${api.url}`);
  await new Promise((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  await api.stop();
  await station.stop();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

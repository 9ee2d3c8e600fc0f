/** `enroute core invite`, `stations`, `suspend`, `reinstate`, `revoke`: which stations may come in; also while the core runs. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { inviteAct, listStationsAct, reinstateAct, revokeAct, suspendAct } from '../administration/station-acts.ts';
import { invitationForTerminal } from '../stations/invitation-qr.ts';
import { MAX_VALID_HOURS } from '../stations/invitations.ts';
import { QUEUED_PACKETS, type QueuedPackets } from '../stations/station-entry.ts';
import { type CoreSite, whichCore } from './core-site.ts';

interface Folder {
  readonly folder: string;
}

interface Inviting extends Folder {
  readonly hours?: number;
  readonly queuedPackets?: QueuedPackets;
  readonly qr?: boolean;
  readonly json?: boolean;
}

type StationSite = Pick<CoreSite, 'act' | 'say'>;

export function stationCommands({ act, say }: StationSite): Command[] {
  const named = (name: string): Command => whichCore(new Command(name));

  const invite = named('invite')
    .argument('<station>', 'ten digits: center and machine')
    .description('Makes a one-time token, with which a station enrols: `enroute station join <token>`.')
    .option('--hours <number>', `good for so long (24; at most ${MAX_VALID_HOURS})`, hours)
    .addOption(new Option('--queued-packets <what>', 'of the machine that has the number now').choices(QUEUED_PACKETS))
    .option('--qr', 'as a QR code, to be printed')
    .option('--json', 'as JSON')
    .action(async (station: string, { folder, hours: validHours, queuedPackets, qr, json }: Inviting) => {
      const made = await act(folder, inviteAct, { station, validHours, queuedPackets });
      if (json) return say(JSON.stringify({ station, ...made }));
      if (qr) say(invitationForTerminal(made.token));
      say(made.token);
      say(
        `It enrols station ${station} once, until ${made.expiresAt}. Whoever has it can be that station: hand it over as a key.`,
      );
    });

  const stations = named('stations')
    .description('Lists the stations: their state, and when each was heard of.')
    .option('--json', 'as JSON')
    .action(async ({ folder, json }: Inviting) => {
      const listed = await act(folder, listStationsAct, {});
      if (json) return say(JSON.stringify(listed, null, 2));
      for (const { station, state, lastSeen } of listed) say(`${station}  ${state.padEnd(9)}  ${lastSeen ?? 'never'}`);
      if (listed.length === 0) say('No station is registered.');
    });

  const suspend = named('suspend')
    .argument('<station>')
    .description('Lets a station in no more, until it is reinstated; nothing of it is lost.')
    .action(async (station: string, { folder }: Folder) => {
      await act(folder, suspendAct, { station });
      say(`Station ${station} is suspended.`);
    });

  const reinstate = named('reinstate')
    .argument('<station>')
    .description('Lets a suspended station in again.')
    .action(async (station: string, { folder }: Folder) => {
      await act(folder, reinstateAct, { station });
      say(`Station ${station} may come in again.`);
    });

  const revoke = named('revoke')
    .argument('<station>')
    .description("Takes a station's keys out of use for good; it must be invited and enrolled anew.")
    .addOption(
      new Option('--queued-packets <what>', 'what becomes of packets that it has sealed and not sent')
        .choices(QUEUED_PACKETS)
        .makeOptionMandatory(),
    )
    .action(async (station: string, { folder, queuedPackets }: Folder & { readonly queuedPackets: QueuedPackets }) => {
      await act(folder, revokeAct, { station, queuedPackets });
      say(`Station ${station} is revoked; packets that it still holds: ${queuedPackets}.`);
    });

  return [invite, stations, suspend, reinstate, revoke];
}

function hours(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_VALID_HOURS) return number;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_VALID_HOURS}.`);
}

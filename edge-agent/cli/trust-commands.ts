/** `join`, `rotate-keys`: how the station becomes one that the core trusts, and how it changes its keys. */
import { X509Certificate } from 'node:crypto';
import { type KeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type InvitationToken, parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { errorLine } from '@enroute/sync/disk/error-summary.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';
import { joinCore } from '../keys/join-core.ts';
import { beginRotation, finishRotation } from '../keys/key-rotation.ts';
import {
  createIdentity,
  hasIdentity,
  openIdentity,
  type StationIdentity,
  stationCardOf,
} from '../keys/station-identity.ts';
import { trustCore, trustedCore } from '../keys/trusted-core.ts';
import { findAgent } from '../local-api/agent-file.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import {
  addGatewayOption,
  addTlsOptions,
  type GatewayTls,
  gatewayUrlOf,
  readGatewayTls,
  type TlsFiles,
} from './gateway-options.ts';
import { answer, type Output } from './output.ts';
import { demandStation } from './reach-station.ts';
import { newPassphrase, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { usageFailure } from './usage.ts';

type Options = InFolder & Output & TlsFiles;

/** A token is a few hundred characters; whatever is longer is none. */
const MAX_INPUT_CHARACTERS = 64 * 1024;

export function addTrustCommands({ terminal, add }: CommandSite): void {
  addTlsOptions(add('join'))
    .argument('<token>', 'the enrolment token; - reads it from the standard input')
    .description('Makes this machine the station that the administrator has invited, and trusts the core of the token.')
    .action((token: string, options: Options) => join(terminal, token, options));

  addGatewayOption(add('rotate-keys'))
    .description('Gives the station new keys. What waits to be sent stays good. Stop the agent first.')
    .action((options: Options & { gateway: string }) => rotateKeys(terminal, options));
}

interface Joined {
  readonly station: string;
  readonly folder: string;
  readonly gateway: string;
  readonly keysMade: boolean;
  readonly people: readonly string[];
  readonly epoch: string;
}

async function join(terminal: Terminal, given: string, { folder, ...options }: Options): Promise<void> {
  const token = parseInvitation(given === '-' ? await standardInput(terminal) : given);
  const tls = await readGatewayTls(options);
  demandAuthority(token, tls);
  await demandStopped(folder);
  const isNew = !hasIdentity(folder);
  const identity = isNew
    ? await createIdentity(folder, token.station, await newPassphrase(terminal))
    : await openIdentity(folder, await stationPassphrase(terminal));
  if (identity.station !== token.station) throw new EnrouteError('ENR-TRU-013', identity.station);
  // Which of both keys the core knows is not known here: with the wrong ones the token would be used up for nothing.
  if (identity.next) throw new EnrouteError('ENR-TRU-016');
  const card = await stationCardOf(folder, identity);
  const client = clientOf(terminal, token.url, tls, identity, identity.signing);
  try {
    const onTrouble = (error: Error): void => terminal.err(`No answer yet, it is tried again: ${errorLine(error)}\n`);
    const core = await reached(() => joinCore({ client, token, card, keys: identity, onTrouble }));
    await trustCore(folder, core);
  } finally {
    await client.close();
  }
  const { epoch } = await trustedCore(folder);
  const people = [...new Set([...card.operators, ...card.supervisors].map(({ id }) => id))];
  const joined = { station: card.station, folder, gateway: token.url, keysMade: isNew, people, epoch };
  answer(terminal, options, joined, renderJoined);
}

function renderJoined({ station, folder, gateway, keysMade, people }: Joined): string {
  const workers =
    people.length > 0
      ? `The core knows who works here: ${people.join(', ')}.`
      : 'Nobody works here yet. Make people with `enroute station person`, and have the administrator register the card anew.';
  return [
    `This machine is station ${station}, and the core trusts it. The token can not be used again.`,
    keysMade ? `Its keys were made and are in ${folder}.` : `Its keys in ${folder} are as they were.`,
    workers,
    `Next: enroute station start --folder ${folder} --gateway ${gateway}`,
  ].join('\n');
}

async function rotateKeys(terminal: Terminal, { folder, gateway, ...options }: Options & { gateway: string }) {
  demandStation(folder);
  const url = gatewayUrlOf(gateway);
  const tls = await readGatewayTls(options);
  await demandStopped(folder);
  const passphrase = await stationPassphrase(terminal);
  const core = await trustedCore(folder);
  const begun = await beginRotation(await openIdentity(folder, passphrase), { folder, passphrase });
  const clientWith = (key: KeyPair): GatewayClient => clientOf(terminal, url, tls, begun, key);
  const { station, signing, sealing } = await reached(() =>
    finishRotation(begun, { folder, passphrase, core, clientWith }),
  );
  const rotated = { station, signingKeyId: publicKeyOf(signing).keyId, sealingKeyId: publicKeyOf(sealing).keyId };
  answer(terminal, options, rotated, () => {
    return `Station ${station} has new keys, and the core takes them. Back up the folder ${folder} anew.`;
  });
}

function clientOf(
  { now }: Terminal,
  baseUrl: string,
  tls: GatewayTls,
  { station }: StationIdentity,
  signingKey: KeyPair,
): GatewayClient {
  return new GatewayClient({ baseUrl, ...tls, station, signingKey, now });
}

/** @throws EnrouteError ENR-TRU-015 in place of what the link says. */
async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LinkError) throw new EnrouteError('ENR-TRU-015', error.message, error);
    throw error;
  }
}

/** Its agent has the keys in its memory, and would go on with those. @throws EnrouteError ENR-STN-011 */
async function demandStopped(folder: string): Promise<void> {
  if (await findAgent(folder)) throw new EnrouteError('ENR-STN-011', 'the agent is running');
}

/** @throws EnrouteError ENR-TRU-014 when the token names an authority and it is not the one that was given. */
function demandAuthority({ ca }: InvitationToken, tls: GatewayTls): void {
  if (ca === undefined) return;
  const found = tls.ca === undefined ? undefined : new X509Certificate(tls.ca).fingerprint256;
  if (found?.replaceAll(':', '').toLowerCase() !== ca) throw new EnrouteError('ENR-TRU-014');
}

async function standardInput({ readInput }: Terminal): Promise<string> {
  const text = await readInput?.(MAX_INPUT_CHARACTERS);
  if (!text) throw usageFailure('The standard input holds no token.');
  return text;
}

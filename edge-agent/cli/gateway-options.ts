/** `--gateway`, `--ca`, `--tls-cert`, `--tls-key`: how a command reaches the core, and by what either side is believed. */
import type { ClientCertificate } from '@enroute/sync/link/connections.ts';
import { readAuthority } from '@enroute/sync/settings/authority.ts';
import { readClientCertificate } from '@enroute/sync/settings/client-certificate.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import { pathArgument, usageFailure } from './usage.ts';

export interface TlsFiles {
  readonly ca?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export interface GatewayTls {
  readonly ca: string | undefined;
  readonly certificate: ClientCertificate | undefined;
}

export function addGatewayOption(command: Command): Command {
  return addTlsOptions(command.requiredOption('--gateway <url>', "the core's gateway"));
}

export function addTlsOptions(command: Command): Command {
  return command
    .option(
      '--ca <file>',
      "certificate of the country's own authority (PEM); only gateways that it vouches for are believed",
      pathArgument,
    )
    .option(
      '--tls-cert <file>',
      'certificate of this station, for a gateway that asks for one (PEM); needs --tls-key',
      pathArgument,
    )
    .option('--tls-key <file>', 'its key (PEM)', pathArgument);
}

/** @throws DeskFailure USAGE when it is no address */
export function gatewayUrlOf(text: string): string {
  const url = z.url({ protocol: /^https?$/ }).safeParse(text);
  if (!url.success) throw usageFailure("--gateway must be the address of the core's gateway.");
  return url.data;
}

/** @throws DeskFailure USAGE when a file can not be read or is not what it should be */
export async function readGatewayTls({ ca, tlsCert, tlsKey }: TlsFiles): Promise<GatewayTls> {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usageFailure('--tls-cert and --tls-key are needed together.');
  }
  const refuse =
    (option: string) =>
    (error: Error): never => {
      throw usageFailure(`${option}: ${error.message}.`);
    };
  return {
    ca: ca === undefined ? undefined : await readAuthority(ca).catch(refuse('--ca')),
    certificate:
      tlsCert === undefined || tlsKey === undefined
        ? undefined
        : await readClientCertificate(tlsCert, tlsKey).catch(refuse('--tls-cert')),
  };
}

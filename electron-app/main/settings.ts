/** Where the station lies and whom it talks to, from the command line or the environment; the command line wins. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

export interface Settings {
  readonly folder: string;
  readonly gatewayUrl: string;
  /** File with the certificate of the country's own authority; undefined when the gateway's is a public one. */
  readonly caFile: string | undefined;
  /** Only needed until it has been kept by the operating system's key store. */
  readonly passphrase: string | undefined;
}

const settingsSchema = z.object({
  folder: z.string().min(1),
  gatewayUrl: z.url({ protocol: /^https?$/, error: 'a gateway is an http or https address' }),
  caFile: z.string().min(1).optional(),
  passphrase: z.string().min(1).optional(),
});

/**
 * @param args without the program's own name. Secrets are not taken from there: every program can read them.
 * @throws Error that says which setting is wrong.
 */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  userData: string,
): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: { folder: { type: 'string' }, gateway: { type: 'string' }, ca: { type: 'string' } },
    // Electron and Chromium have switches of their own.
    strict: false,
  });
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const settings = settingsSchema.safeParse({
    folder: text(values.folder) ?? env.ENROUTE_STATION_FOLDER ?? join(userData, 'station'),
    gatewayUrl: text(values.gateway) ?? env.ENROUTE_GATEWAY_URL,
    caFile: text(values.ca) ?? (env.ENROUTE_GATEWAY_CA || undefined),
    passphrase: env.ENROUTE_STATION_PASSPHRASE || undefined,
  });
  if (!settings.success) throw new Error(z.prettifyError(settings.error));
  const { folder, gatewayUrl, caFile, passphrase } = settings.data;
  return { folder: resolve(folder), gatewayUrl, caFile: caFile && resolve(caFile), passphrase };
}

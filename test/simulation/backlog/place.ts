/** Where a core of a bench or a test lies, as its processes are told: with the vault on the disk, or all of it in CouchDB. */
import { type OpenedCore, openCore } from '@enroute/core/open-core.ts';
import type { Logger } from 'pino';
import { z } from 'zod';

export const placeSchema = z.object({
  folder: z.string(),
  /** Where its documents are there, and not in the folder. */
  couchdbUrl: z.string().optional(),
  prefix: z.string(),
});

export type Place = z.infer<typeof placeSchema>;

export const clock = (): Date => new Date();

/** The place that a process was started for: its first argument. @throws ZodError */
export function placeOfArguments(): Place {
  return placeSchema.parse(JSON.parse(process.argv[2] ?? ''));
}

export function openPlace({ folder, couchdbUrl, prefix }: Place, log: Logger): Promise<OpenedCore> {
  const vault = couchdbUrl ? ('store' as const) : ('disk' as const);
  const options = { folder, passphrase: 'nobody', couchdbUrl, couchdbPrefix: prefix, vault, now: clock, log };
  return openCore(options, 'create');
}

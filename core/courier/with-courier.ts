/** The courier of a core that is open for one command, with the terms by which the running core would judge. */
import type { Logger } from 'pino';
import type { OpenedCore } from '../open-core.ts';
import { openTerms } from '../pipeline/open-terms.ts';
import { type Courier, openCourier } from './courier.ts';

export async function withCourier(
  core: OpenedCore,
  { folder, now, log }: { readonly folder: string; readonly now: () => Date; readonly log: Logger },
  work: (courier: Courier) => Promise<void>,
): Promise<void> {
  const terms = await openTerms(core, log);
  try {
    await work(await openCourier({ folder, core, terms, now, log }));
  } finally {
    await terms.stop();
  }
}

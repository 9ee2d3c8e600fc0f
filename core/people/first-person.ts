/** The way in to a core that nobody has a way in to yet. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { People } from './people.ts';
import type { SignInLink } from './sign-in-links.ts';

/**
 * Enters the first administrator.
 * @throws EnrouteError ENR-PPL-010 when there is anybody already: they administer.
 */
export async function createFirstPerson(
  { administration }: Pick<People, 'administration'>,
  id: string,
): Promise<SignInLink> {
  if ((await administration.list()).length > 0) throw new EnrouteError('ENR-PPL-010');
  return administration.create(id, { roles: ['administrator'], centers: 'all' });
}

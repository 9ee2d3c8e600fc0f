/** Immunity: a rule holds a registration once. Whoever has let it go on would otherwise see it held again at once. */
import { MAX_IMMUNITIES, type Registration } from '@enroute/shared/registration/registration.ts';

/** What a person's order puts in place of a rule's name; nothing is immune to people. */
const BY_HAND = 'by:';

/** The name under which a person's order holds a registration: as long as the longest name of a rule, and never one. */
export function heldBy(actor: string): string {
  return `${BY_HAND}${actor}`.slice(0, 64);
}

/** What it is immune to once it is let go; the oldest immunities give way. */
export function immuneAfter({ immune = [], parked }: Pick<Registration, 'immune' | 'parked'>): string[] {
  const rule = parked?.pause?.rule;
  if (rule === undefined || rule.startsWith(BY_HAND) || immune.includes(rule)) return immune;
  return [...immune, rule].slice(-MAX_IMMUNITIES);
}

/** The same as a change of the registration: nothing is written where nothing holds it. */
export function letGo(registration: Pick<Registration, 'immune' | 'parked'>): Pick<Registration, 'immune'> {
  const immune = immuneAfter(registration);
  return immune.length > 0 ? { immune } : {};
}

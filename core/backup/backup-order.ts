/**
 * In which order a core's databases are copied while it runs. Each copy is of one moment, and those of later copies are
 * later; so they must look like what a crash leaves, from which the core goes on by itself:
 *
 * - Checkpoints and leases first: one that is older than the feed it points into repeats work, one that is newer skips it.
 * - Then registrations: what the pipeline has done beyond them (claims, numbers, answers) is found when it is done again.
 * - Packets last of all: whatever a registration says to be here was here before it was said.
 */
const FIRST = ['leases', 'checkpoints', 'registrations'] as const;
const LAST = ['vault'] as const;
/** Unfinished uploads: stations begin them anew. */
const LEFT_OUT = ['incoming'] as const;

export function backupOrder(names: readonly string[]): string[] {
  const special: readonly string[] = [...FIRST, ...LAST, ...LEFT_OUT];
  const those = (some: readonly string[]): string[] => some.filter((name) => names.includes(name));
  return [...those(FIRST), ...names.filter((name) => !special.includes(name)).sort(), ...those(LAST)];
}

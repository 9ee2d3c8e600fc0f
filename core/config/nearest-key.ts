/** Which key somebody may have meant. */

/** More letters than this apart, and it was something else that was meant. */
const MOST_APART = 3;

/** @returns the nearest of the known keys; undefined when none is near. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const apart = known.map((one) => ({ one, letters: lettersApart(key.toLowerCase(), one.toLowerCase()) }));
  const [nearest] = apart.sort((a, b) => a.letters - b.letters);
  return nearest && nearest.letters <= Math.min(MOST_APART, key.length - 1) ? nearest.one : undefined;
}

/** How many letters must be put in, taken out or changed to make one of the other (Levenshtein). */
function lettersApart(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [index, against] of [...other].entries()) {
      const changed = (row[index] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Where something does not fit its schema, for people: the place and, where the schema has words of its own, what is
 * wrong there. Never what stands there, which may be personal, nor a name that is none.
 */
import type { z } from 'zod';

const MAX_PLACE_LENGTH = 120;

export type Issue = z.core.$ZodIssue;

/** "identity.phone", "biometrics (a position stands twice)" */
export function placeOf(issue: Issue): string {
  if (issue.code === 'invalid_key') return `${pathOf(issue.path.slice(0, -1))} (a name that is none)`;
  // Only refinements have this code: their sentences are the schema's, not the document's.
  return issue.code === 'custom' ? `${pathOf(issue.path)} (${issue.message})` : pathOf(issue.path);
}

export function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.').slice(0, MAX_PLACE_LENGTH);
}

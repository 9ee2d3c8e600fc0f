/** Secrets that a process is given through its environment, where `ps` and shell histories do not show them. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A secret from the environment. @param what it is for, as the end of a sentence: "opens the core's key file" */
export function secret(what: string, leastCharacters: number): z.ZodType<string> {
  const message = `It ${what}; set it, at least ${leastCharacters} characters long.`;
  return z.string({ error: message }).min(leastCharacters, message);
}

/** @throws Error that names each variable that is missing or wrong, and never what stands in one. */
export function readEnvironment<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(lines.join('\n'));
}

/** Whether someone showed the secret; takes the same time wherever the two differ. */
export function isSameSecret(shown: string, secret: string): boolean {
  const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(shown), hash(secret));
}

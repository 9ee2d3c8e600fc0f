/**
 * Secrets that a process is given through its environment, where `ps` and shell histories do not show them. They are taken
 * out of it as soon as they are read: child processes and diagnostic reports would carry them.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Whatever is called so is a secret, whether or not this process asks for it; a CouchDB's address may hold credentials. */
const SECRET_NAME = /^ENROUTE_\w+_(PASSPHRASE|PASSWORD|TOKEN)$|^COUCHDB_(URL|PASSWORD)$/;

/** What was taken out of which environment: a command reads in several places, and each finds what it needs. */
const taken = new WeakMap<NodeJS.ProcessEnv, NodeJS.ProcessEnv>();

/** A secret from the environment. @param what it is for, as the end of a sentence: "opens the core's key file" */
export function secret(what: string, leastCharacters: number): z.ZodType<string> {
  const message = `It ${what}; set it, at least ${leastCharacters} characters long.`;
  return z.string({ error: message }).min(leastCharacters, message);
}

/**
 * Reads what the schema names. It, and every other secret, is not in the environment any more then; another call of this
 * process finds it all the same.
 * @throws Error that names each variable that is missing or wrong, and never what stands in one.
 */
export function readEnvironment<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): z.infer<S> {
  const parsed = schema.safeParse(takeSecrets(environment, Object.keys(schema.shape)));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(lines.join('\n'));
}

/**
 * Takes the secrets out of an environment.
 * @param names of variables to take besides
 * @returns the environment as it was, secrets included; for whoever reads it without a schema.
 */
export function takeSecrets(environment: NodeJS.ProcessEnv, names: readonly string[] = []): NodeJS.ProcessEnv {
  const secrets = taken.get(environment) ?? {};
  taken.set(environment, secrets);
  for (const name of Object.keys(environment)) {
    if (!SECRET_NAME.test(name) && !names.includes(name)) continue;
    secrets[name] = environment[name];
    delete environment[name];
  }
  return { ...environment, ...secrets };
}

/** Whether someone showed the secret; takes the same time wherever the two differ. */
export function isSameSecret(shown: string, secret: string): boolean {
  const hash = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(shown), hash(secret));
}

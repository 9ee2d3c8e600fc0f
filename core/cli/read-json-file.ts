/** A file that an administrator hands over. */
import { readFile } from 'node:fs/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

/**
 * @param what it is to be: "a station's card"
 * @throws EnrouteError ENR-OPS-006 when there is no such file, ENR-OPS-005 with the places where it is wrong. What is no JSON
 *   at all is not quoted: it may be anything.
 */
export async function readJsonFile<S extends z.ZodType>(path: string, schema: S, what: string): Promise<z.infer<S>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EnrouteError('ENR-OPS-006', path, cause);
  });
  const file = schema.safeParse(json(text, path));
  if (file.success) return file.data;
  throw new EnrouteError('ENR-OPS-005', `${path} is not ${what}.\n${z.prettifyError(file.error)}`);
}

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EnrouteError('ENR-OPS-005', `${path} is not JSON.`);
  }
}

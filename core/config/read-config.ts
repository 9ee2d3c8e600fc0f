/** Reads the configuration file, and says of each thing in it that is wrong where it stands and what was meant. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type CoreConfig, coreConfigSchema } from './core-config.ts';
import { nearestKey } from './nearest-key.ts';

/** A configuration is a page or two; whatever is larger is something else. */
const MAX_BYTES = 256 * 1024;

/**
 * @throws EnrouteError ENR-CFG-001 when the file can't be read, ENR-CFG-002 with each place that is wrong.
 */
export async function readConfig(path: string): Promise<CoreConfig> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new EnrouteError('ENR-CFG-001', path, cause);
  });
  if (bytes.byteLength > MAX_BYTES) throw new EnrouteError('ENR-CFG-001', `${path} is larger than ${MAX_BYTES} bytes`);
  return parseConfig(bytes.toString('utf8'), path);
}

/** @param path of the file, for what is said, and because a folder that is not absolute is beside it */
export function parseConfig(text: string, path: string): CoreConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  // An alias may stand for itself a billion times over; nobody needs one here.
  const errors = document.errors.map(
    (error) => `line ${lines.linePos(error.pos[0]).line}: ${firstLine(error.message)}`,
  );
  if (errors.length > 0) throw wrong(path, errors);
  const content = plain(document, path);
  const parsed = coreConfigSchema.safeParse(besideFile(content, path));
  if (parsed.success) return parsed.data;
  throw wrong(path, parsed.error.issues.flatMap(sentencesOf));
}

function plain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    throw wrong(path, ['an alias stands in it']);
  }
}

const EACH = Symbol('each');

/** Where paths stand that are beside the file when they are not absolute, wherever the command is called. */
const PATHS = [
  ['folder'],
  ['pipeline', 'flows', EACH],
  ['pipeline', 'stages', EACH, 'module'],
  ['pipeline', 'stages', EACH, 'service', 'ca'],
] as const;

function besideFile(content: unknown, path: string): unknown {
  const folder = dirname(resolve(path));
  return PATHS.reduce<unknown>((whole, place) => resolvedAt(whole, place, folder), content);
}

/** The same with the path at that place resolved; what is not of the form is left for the schema to refuse. */
function resolvedAt(node: unknown, [step, ...rest]: readonly (string | typeof EACH)[], folder: string): unknown {
  if (step === undefined) return typeof node === 'string' && node !== '' ? beside(node, folder) : node;
  if (typeof node !== 'object' || node === null) return node;
  if (step === EACH) return Array.isArray(node) ? node.map((one) => resolvedAt(one, rest, folder)) : node;
  if (!Object.hasOwn(node, step)) return node;
  return { ...node, [step]: resolvedAt((node as Readonly<Record<string, unknown>>)[step], rest, folder) };
}

function beside(path: string, folder: string): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}

function sentencesOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [`${at.join('.') || 'the file'}: ${issue.message}`];
  const known = keysAt(at);
  return issue.keys.map((key) => {
    const meant = nearestKey(key, known);
    const hint = meant ? `did you mean "${meant}"?` : `there is: ${known.join(', ')}.`;
    return `${[...at, key].join('.')}: there is no such key; ${hint}`;
  });
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

function keysAt(path: readonly string[]): string[] {
  let node = z.toJSONSchema(coreConfigSchema, { io: 'input' }) as Node | undefined;
  for (const key of path) node = node?.properties?.[key] ?? node?.items;
  return Object.keys(node?.properties ?? {});
}

function wrong(path: string, places: readonly string[]): EnrouteError {
  return new EnrouteError('ENR-CFG-002', [path, ...places].join('\n  '));
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

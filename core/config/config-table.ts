/** Every key of the configuration, as the schema knows it: for `enroute config keys`, and for docs/operations.md. */
import { z } from 'zod';
import { coreConfigSchema } from './core-config.ts';

export interface ConfigKey {
  /** e.g. "gateway.tls.cert" */
  readonly key: string;
  /** As it is written in YAML; undefined where there is none and the key is needed. */
  readonly fallback: string | undefined;
  readonly what: string;
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly default?: unknown;
  readonly description?: string;
}

export function configKeys(): ConfigKey[] {
  const schema = z.toJSONSchema(coreConfigSchema, { io: 'input' }) as Node;
  return [...leaves(schema, [])];
}

function* leaves({ properties, ...node }: Node, path: readonly string[]): Generator<ConfigKey> {
  if (!properties) {
    const fallback = node.default === undefined ? undefined : JSON.stringify(node.default);
    yield { key: path.join('.'), fallback, what: node.description ?? '' };
    return;
  }
  for (const [key, child] of Object.entries(properties)) yield* leaves(child, [...path, key]);
}

/** As a table in Markdown. */
export function configTable(): string {
  const rows = configKeys().map(({ key, fallback, what }) => {
    return `| \`${key}\` | ${fallback === undefined ? 'needed' : `\`${fallback}\``} | ${what.replaceAll('|', '\\|')} |`;
  });
  return ['| key | default | what |', '|---|---|---|', ...rows].join('\n');
}

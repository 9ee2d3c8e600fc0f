/** `enroute config …`: what a configuration file comes to, and whether it agrees with itself. Starts nothing. */
import { resolve } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { configTable } from '../config/config-table.ts';
import { gatherFacts } from '../config/gather-facts.ts';
import { findingText, lint } from '../config/lint.ts';
import { readConfig } from '../config/read-config.ts';

export interface ConfigVoice {
  say(text: string): void;
  endWith(code: number): void;
  now(): Date;
}

interface Asked {
  readonly config: string;
  readonly json?: boolean;
}

const BROKEN = 1;

export function configCommand({ say, endWith, now }: ConfigVoice): Command {
  const config = new Command('config').description('The configuration file of core, gateway and worker.');
  const withFile = (name: string): Command =>
    config
      .command(name)
      .requiredOption('--config <file>', 'the configuration file (YAML)', (path: string) => resolve(path))
      .option('--json', 'as JSON');

  withFile('show')
    .description('Prints what holds: what the file says, and the defaults for the rest. Secrets are not among it.')
    .action(async ({ config: path, json = false }: Asked) => {
      const effective = await readConfig(path);
      say(json ? JSON.stringify(effective, null, 2) : stringify(effective).trimEnd());
    });

  withFile('lint')
    .description('Checks the file and what must hold between its values. Exit 1 on errors, 0 on warnings alone.')
    .action(async ({ config: path, json = false }: Asked) => {
      const findings = lint(await gatherFacts(await readConfig(path), path, now()));
      if (json) say(JSON.stringify(findings, null, 2));
      else for (const finding of findings) say(findingText(finding));
      if (!json && findings.length === 0) say('Everything holds.');
      if (findings.some(({ severity }) => severity === 'error')) endWith(BROKEN);
    });

  config
    .command('keys')
    .description('Lists every key, its default, and what it is.')
    .action(() => say(configTable()));
  return config;
}

/** @throws EnrouteError ENR-CFG-003 with everything that must be changed before a process may start by it. @returns warnings */
export async function requireSound(path: string, now: Date): Promise<string[]> {
  const findings = lint(await gatherFacts(await readConfig(path), path, now));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new EnrouteError('ENR-CFG-003', errors.map(findingText).join('\n'));
  return findings.map(findingText);
}

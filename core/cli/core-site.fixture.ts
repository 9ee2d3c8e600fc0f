/** A site of commands over a core that stays open for the whole test: each call is one of the command line. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import type { Command } from 'commander';
import { onTestFinished } from 'vitest';
import { perform } from '../administration/act.ts';
import { type ListedEntry, listEntries } from '../audit/list-entries.ts';
import { type OpenedCore, openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import type { CoreSite } from './core-site.ts';

const BY = 'cli:test';

export interface TestSite {
  readonly folder: string;
  readonly core: OpenedCore;
  /** What it printed, and what the process would end with. @throws what the command throws */
  run(...args: readonly string[]): Promise<{ readonly said: string[]; readonly code: number }>;
  /** The newest entries of the audit, the oldest of them first. */
  audit(most?: number): Promise<ListedEntry[]>;
}

/** @param commandsOf what can be called, by its name as the first argument */
export async function openTestSite(commandsOf: (site: CoreSite) => readonly Command[]): Promise<TestSite> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-site-'));
  await makeQuickKeys(folder, 'p');
  const now = () => new Date();
  const common = { passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '' };
  const core = await openCore({ ...common, folder, now, log: silent }, 'refuse');
  onTestFinished(async () => {
    await core.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    core,
    run: async (...args) => {
      const said: string[] = [];
      let code = 0;
      const commands = commandsOf({
        by: BY,
        now,
        act: (_folder, act, input) => perform(core, act, input, BY),
        administer: (_folder, _whenNew, work) => work(core),
        say: (text) => said.push(text),
        warn: () => undefined,
        endWith: (given) => {
          code = given;
        },
      });
      const command = commands.find((each) => each.name() === args[0]);
      if (!command) throw new Error(`There is no command ${args[0]}.`);
      for (const each of [command, ...command.commands])
        each.exitOverride().configureOutput({ writeErr: () => undefined });
      await command.parseAsync([...args.slice(1), '--folder', folder], { from: 'user' });
      return { said, code };
    },
    audit: async (most = 100) => (await listEntries(core.databases.audit, most)).entries.toReversed(),
  };
}

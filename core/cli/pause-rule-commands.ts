/** `enroute core registrations rules …`: the rules by which registrations are held, and what a rule would hold now. */
import { Command } from 'commander';
import { listRulesAct, previewRuleAct, removeRuleAct, setRuleAct } from '../administration/registration-acts.ts';
import { type PauseRule, pauseRuleSchema } from '../pipeline/pauses/pause-rule.ts';
import { absolute, type CoreSite, whichCore } from './core-site.ts';
import { readJsonFile } from './read-json-file.ts';
import { tellFound } from './tell-found.ts';

interface Options {
  readonly folder: string;
  readonly json?: boolean;
  readonly preview?: boolean;
}

export function pauseRuleCommands({ act, say }: Pick<CoreSite, 'act' | 'say'>): Command {
  const rules = new Command('rules').description('Pause rules: which registrations are held, and how long.');
  const named = (name: string): Command => whichCore(rules.command(name)).option('--json', 'as JSON');

  named('list')
    .description('Lists the pause rules.')
    .action(async ({ folder, json }: Options) => {
      const listed = await act(folder, listRulesAct, {});
      if (json)
        return say(
          JSON.stringify(
            listed.map(({ rule, by, at }) => ({ ...rule, by, at })),
            null,
            2,
          ),
        );
      for (const { rule, by, at } of listed) say(`${lineOf(rule)}  (${by}, ${at})`);
      if (listed.length === 0) say('There is no pause rule.');
    });

  named('set')
    .argument('<file>', 'the rule as JSON: name, match, from, until, hours, after', absolute)
    .option('--preview', 'only shows how many registrations it would hold now')
    .description('Sets a rule, in place of the one of that name.')
    .action(async (path: string, { folder, json, preview = false }: Options) => {
      const rule = await readJsonFile(path, pauseRuleSchema, 'a pause rule');
      const found = await act(folder, previewRuleAct, { rule });
      if (!preview) await act(folder, setRuleAct, { rule });
      if (json) return say(JSON.stringify({ set: !preview, ...found }, null, 2));
      tellFound(say, found);
      say(preview ? 'Nothing was set.' : `Rule ${rule.name} holds them before their next stage.`);
    });

  named('remove')
    .argument('<name>')
    .description('Removes a rule. What it holds stays held: resume it with `registrations resume --rule <name>`.')
    .action(async (name: string, { folder, json }: Options) => {
      await act(folder, removeRuleAct, { name });
      say(json ? JSON.stringify({ removed: name }) : `Rule ${name} holds nothing more.`);
    });
  return rules;
}

function lineOf({ name, match, from, until, hours, after }: PauseRule): string {
  const parts = [
    name,
    JSON.stringify(match),
    from && `from ${from}`,
    until && `until ${until}`,
    hours && `${hours} h each`,
    `then ${after}`,
  ];
  return parts.filter(Boolean).join('  ');
}

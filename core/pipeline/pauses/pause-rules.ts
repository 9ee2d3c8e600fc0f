/** The pause rules of a core: setting, listing and removing them, and following what others set. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_IMMUNITIES } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { changeDocument } from '../../people/change-document.ts';
import type { Database, Doc } from '../../store/store.ts';
import { type PauseRule, type StoredRule, storedRuleSchema } from './pause-rule.ts';

/**
 * Each is looked at before every stage of every registration. A registration must remember all that have let it go: of one
 * rule more they would hold it in turn for ever.
 */
const MAX_RULES = MAX_IMMUNITIES;
const EVERY_RULE = { start: 'a', end: '{' } as const;

/**
 * By name. One that this version can't read is left out: it holds nothing, and the others go on holding.
 * @param onUnreadable told its name. @throws StoreError
 */
export async function listPauseRules(
  rules: Database,
  onUnreadable: (name: string) => void = () => undefined,
): Promise<StoredRule[]> {
  const docs = await rules.range<Doc>({ ...EVERY_RULE, limit: MAX_RULES + 1 });
  return docs.flatMap((doc) => {
    const { data } = storedRuleSchema.safeParse(doc);
    if (!data) onUnreadable(doc._id);
    return data ?? [];
  });
}

/**
 * In place of the rule of that name, if there is one. What a rule holds already stays held as it was.
 * @throws EnrouteError ENR-ACT-005 when there are too many, ENR-WEB-002 when others change the same.
 */
export async function setPauseRule(rule: PauseRule, by: string, rules: Database, now: Date): Promise<void> {
  const present = await listPauseRules(rules);
  if (present.length >= MAX_RULES && !present.some(({ _id }) => _id === rule.name)) {
    throw new EnrouteError('ENR-ACT-005', `at most ${MAX_RULES}`);
  }
  await changeDocument<StoredRule>(rules, rule.name, () => ({ _id: rule.name, v: 1, rule, by, at: now.toISOString() }));
}

/**
 * What it holds stays held until its end, or until somebody has it go on.
 * @throws EnrouteError ENR-ACT-004 when there is none of that name.
 */
export async function removePauseRule(name: string, rules: Database): Promise<void> {
  const before = await rules.get<StoredRule>(name);
  if (!before) throw new EnrouteError('ENR-ACT-004', name);
  const [result] = await rules.write([{ _id: name, _rev: before._rev, _deleted: true }]);
  if (!result?.ok) throw new EnrouteError('ENR-WEB-002', 'others are changing the same rule');
}

export interface WatchedPauseRules {
  /** As they were read last. */
  readonly rules: () => readonly PauseRule[];
  stop(): Promise<void>;
}

/** How long a look at the feed waits for news. They come at once where the store tells them, and this late otherwise. */
const WAIT_MS = 20_000;
const AFTER_TROUBLE_MS = 5_000;

/** Reads them before it returns. While the store fails later on, what was read last counts. @throws as `listPauseRules` */
export async function watchPauseRules(database: Database, log: Logger): Promise<WatchedPauseRules> {
  const stopping = new AbortController();
  let since: string | undefined;
  let rules = await rulesIn(database, log);

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { changes, lastSeq } = await database.changes({
          since,
          limit: 100,
          waitMs: WAIT_MS,
          signal: stopping.signal,
        });
        if (changes.length > 0) {
          rules = await rulesIn(database, log);
          log.info({ rules: rules.length }, 'pause rules were read');
        }
        since = lastSeq;
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, 'pause rules: will look again');
        await sleep(AFTER_TROUBLE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    rules: () => rules,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function rulesIn(database: Database, log: Logger): Promise<readonly PauseRule[]> {
  const complain = (name: string): void => log.error({ rule: name }, 'a pause rule can not be read, and holds nothing');
  return (await listPauseRules(database, complain)).map(({ rule }) => rule);
}

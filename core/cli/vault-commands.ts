/**
 * `enroute core scrub`: reads every packet that the core keeps and names what has rotted. A vault on the disk is read
 * beside a core that runs; one in the embedded store only while none does.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { bytesArgument } from '@enroute/sync/courier/size-arguments.ts';
import { Command, InvalidArgumentError } from 'commander';
import { perform } from '../administration/act.ts';
import { setAsideAct } from '../administration/core-acts.ts';
import type { OpenedCore } from '../open-core.ts';
import { openDiskVault } from '../vault/disk-vault.ts';
import { registrationsOf } from '../vault/rotten-registrations.ts';
import { type ScrubbedVault, type ScrubProgress, type ScrubReport, scrub } from '../vault/scrub.ts';
import { isDigest, STALE_AFTER_MS, type Vault } from '../vault/vault.ts';
import { type CoreSite, whichCore } from './core-site.ts';

type VaultSite = Pick<CoreSite, 'act' | 'by' | 'say' | 'warn' | 'endWith' | 'now'> & {
  administer(folder: string, whenNew: 'refuse', work: (core: OpenedCore) => Promise<void>): Promise<void>;
};

interface ScrubArguments {
  readonly folder: string;
  readonly after?: string;
  readonly bytesPerSecond?: number;
  readonly setAside?: boolean;
  readonly json?: boolean;
}

const TROUBLE = 1;
const TELL_EVERY = 1_000;

export function vaultCommands(site: VaultSite): Command[] {
  const command = whichCore(new Command('scrub'))
    .description('Reads every packet in the vault and names what has rotted. Exit 1 when anything has.')
    .option('--after <digest>', 'goes on behind this packet, where an earlier scrub was stopped', digestArgument)
    .option('--bytes-per-second <number>', 'reads no faster than that, to leave the disk to others', bytesArgument)
    .option('--set-aside', 'takes what has rotted out of use, and keeps its bytes')
    .option('--json', 'the report as JSON')
    .action(async (options: ScrubArguments) => {
      const stopping = new AbortController();
      const stop = (): void => stopping.abort();
      process.once('SIGINT', stop);
      try {
        await onVault(site, options.folder, async (vault, core) => {
          const report = await scrub(settingAside(site, options.folder, vault, core), {
            ...options,
            signal: stopping.signal,
            onProgress: progress(site),
          });
          if (report.complete) await vault.clearUnfinished(new Date(site.now().getTime() - STALE_AFTER_MS));
          const digests = new Set(report.rotten.map(({ digest }) => digest));
          const rids = core ? await registrationsOf(digests, core.databases.registrations) : new Map();
          tell(site, report, rids, options.json ?? false);
        });
      } finally {
        process.removeListener('SIGINT', stop);
      }
    });
  return [command];
}

/** @throws EnrouteError ENR-OPS-004 when a running core has the store to itself, and the vault is in it */
async function onVault(
  site: VaultSite,
  folder: string,
  work: (vault: Vault, core: OpenedCore | undefined) => Promise<void>,
): Promise<void> {
  try {
    await site.administer(folder, 'refuse', (core) => work(core.vault, core));
  } catch (error) {
    const path = join(folder, 'vault');
    if (!(error instanceof EnrouteError) || error.code !== 'ENR-OPS-004' || !existsSync(path)) throw error;
    await work(openDiskVault(path), undefined);
  }
}

/** What is taken out of use is noted packet by packet; beside a core that runs it is that one which does it. */
function settingAside(
  { act, by }: VaultSite,
  folder: string,
  vault: Vault,
  core: OpenedCore | undefined,
): ScrubbedVault {
  return {
    digests: (after) => vault.digests(after),
    open: (digest) => vault.open(digest),
    setAside: (digest) => (core ? perform(core, setAsideAct, { digest }, by) : act(folder, setAsideAct, { digest })),
  };
}

function progress({ warn }: VaultSite): (progress: ScrubProgress) => void {
  return ({ packets, bytes, rotten, last }) => {
    if (packets % TELL_EVERY === 0) warn(`${packets} packets, ${bytes} bytes, ${rotten} rotten; at ${last}`);
  };
}

function tell(
  { say, endWith }: VaultSite,
  report: ScrubReport,
  rids: ReadonlyMap<string, readonly string[]>,
  json: boolean,
): void {
  const rotten = report.rotten.map((one) => ({ ...one, rids: rids.get(one.digest) ?? [] }));
  if (json) say(JSON.stringify({ ...report, rotten }, null, 2));
  else {
    for (const { digest, what, setAside, rids: whose } of rotten) {
      say(`${digest} ${what}${setAside ? ', set aside' : ''}${whose.length > 0 ? `: ${whose.join(', ')}` : ''}`);
    }
    say(`${report.packets} packets, ${report.bytes} bytes, ${report.rottenPackets} rotten.`);
    if (!report.complete && report.last) say(`Stopped. Go on with --after ${report.last}`);
  }
  if (report.rottenPackets > 0) endWith(TROUBLE);
}

function digestArgument(text: string): string {
  if (isDigest(text)) return text;
  throw new InvalidArgumentError('A digest: 64 hexadecimal digits.');
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Audit } from '../audit/audit.ts';
import type { OpenedCore } from '../open-core.ts';
import { openTestCore } from '../pipeline/pipeline.fixture.ts';
import { openDiskVault } from '../vault/disk-vault.ts';
import { sourceOfBytes } from '../vault/packet-source.ts';
import { newPacket } from '../vault/vault.conformance.ts';
import { vaultCommands } from './vault-commands.ts';

type Administer = (folder: string, whenNew: 'refuse', work: (core: OpenedCore) => Promise<void>) => Promise<void>;

async function run(administer: Administer, folder: string, ...args: string[]) {
  const said: string[] = [];
  let code = 0;
  const site: Parameters<typeof vaultCommands>[0] = {
    administer,
    by: 'cli:test',
    act: () => Promise.reject(new EnrouteError('ENR-CRR-010')),
    now: () => new Date(),
    say: (text: string) => said.push(text),
    warn: () => undefined,
    endWith: (end: number) => {
      code = end;
    },
  };
  const core = new Command('core').exitOverride();
  for (const command of vaultCommands(site)) core.addCommand(command);
  await core.parseAsync(['scrub', '--folder', folder, ...args], { from: 'user' });
  return { code, out: said.join('\n') };
}

describe('enroute core scrub', () => {
  it('names what has rotted and whose it is, sets it aside, and ends with 1', async () => {
    const core = await openTestCore();
    onTestFinished(() => core.dispose());
    const [good, bad] = [await core.arrive(), await core.arrive()];
    const { digest } = bad.packet;
    await writeFile(join(core.folder, 'vault', digest.slice(0, 2), `${digest}.enrp`), 'rot');
    const notes: (string | undefined)[][] = [];
    const audit: Audit = {
      note: async ({ by, act, done, outcome }) => {
        notes.push([by, act, done, outcome]);
      },
    };
    const opened = { vault: core.vault, databases: core.databases, audit } as OpenedCore;
    const administer: Administer = (_folder, _whenNew, work) => work(opened);
    const ran = await run(administer, core.folder, '--set-aside', '--json');
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({
      packets: 2,
      rotten: [{ digest, what: 'changed', setAside: true, rids: [bad._id] }],
      complete: true,
    });
    const note = ['cli:test', 'vault.set-aside', `packet ${digest}`];
    expect(notes).toEqual([
      [...note, 'begun'],
      [...note, 'done'],
    ]);
    expect(await core.vault.has(good.packet.digest)).toBe(true);
    expect(await run(administer, core.folder)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 packets, .* 0/),
    });
  });

  it('reads a vault on the disk also beside a core that runs', async () => {
    const folder = await mkdtemp(join(quickTmpdir(), 'enroute-core-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { bytes, digest } = newPacket(3_000);
    const running: Administer = () => Promise.reject(new EnrouteError('ENR-OPS-004'));
    await expect(run(running, folder)).rejects.toThrow('ENR-OPS-004');
    await openDiskVault(join(folder, 'vault')).publish(sourceOfBytes(bytes), digest);
    expect(await run(running, folder)).toEqual({ code: 0, out: '1 packets, 3000 bytes, 0 rotten.' });
  });
});

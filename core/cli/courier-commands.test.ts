import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Audit } from '../audit/audit.ts';
import { listEntries } from '../audit/list-entries.ts';
import type { Courier } from '../courier/courier.ts';
import { answerCourierOrders } from '../courier/orders.ts';
import { newStation, STATION, type TestStation } from '../gateway/gateway.fixture.ts';
import { type OpenedCore, openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { courierCommands } from './courier-commands.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly lines: unknown[];
}

interface Site {
  readonly folder: string;
  readonly stick: string;
  open<T>(work: (core: OpenedCore) => Promise<T>): Promise<T>;
  run(...args: readonly string[]): Promise<Ran>;
  /** From now on another process has the store. */
  occupy(): void;
}

async function openSite(): Promise<Site> {
  const base = await mkdtemp(join(quickTmpdir(), 'enroute-core-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const [folder, stick] = [join(base, 'core'), join(base, 'stick')];
  await Promise.all([mkdir(folder), mkdir(stick)]);
  await makeQuickKeys(folder, 'p');
  let isOccupied = false;
  const open: Site['open'] = async (work) => {
    const now = () => new Date();
    const common = { passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '', log: silent };
    const core = await openCore({ ...common, folder, now }, 'create');
    try {
      return await work(core);
    } finally {
      await core.close();
    }
  };
  return {
    folder,
    stick,
    open,
    occupy: () => {
      isOccupied = true;
    },
    run: async (...args) => {
      const said: string[] = [];
      let code = 0;
      const core = new Command('core').exitOverride();
      const site = {
        by: 'cli:test',
        administer: (_folder: string, _whenNew: 'refuse', work: (opened: OpenedCore) => Promise<void>) => {
          if (isOccupied) throw new EnrouteError('ENR-OPS-004', folder);
          return open(work);
        },
        now: () => new Date(),
        say: (text: string) => said.push(text),
        endWith: (given: number) => {
          code = given;
        },
      };
      for (const command of courierCommands(site)) core.addCommand(command);
      await core.parseAsync([...args, '--folder', folder], { from: 'user' });
      return { code, out: said.join('\n'), lines: args.includes('--json') ? said.map((line) => JSON.parse(line)) : [] };
    },
  };
}

async function packed({ stick, open }: Site): Promise<TestStation> {
  return open(async (core) => {
    const station = newStation(core);
    await core.register(station.card);
    const writer = await openBundleWriter({
      folder: stick,
      direction: 'up',
      station: station.number,
      sender: station.signing,
      reader: publicKeyOf(core.keys.sealing),
      maxFileBytes: 1024 ** 3,
      maxBytes: undefined,
      now: () => new Date(),
    });
    for (const { manifest, sealed } of [station.packet(1), station.packet(2)]) {
      await writer.add('packet', manifest, sealed.bytes);
    }
    for await (const _file of writer.finish());
    return station;
  });
}

describe('the core’s command line', () => {
  it('takes bundles in from a folder of them, and knows them the next time', async () => {
    const site = await openSite();
    await packed(site);
    const first = await site.run('import', site.stick);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/file 1 of 1 of station 1000110077, .*, 2 packets\n.*: 2 taken, 0 known already\.$/);
    const again = await site.run('import', site.stick, '--json');
    expect(again.lines.at(-1)).toMatchObject({ step: 'closed', taken: 0, known: 2 });
    expect(await readFile(join(site.folder, 'core.log'), 'utf8')).toContain('packet received by courier');
    const { entries } = await site.open(({ databases }) => listEntries(databases.audit, 10));
    const imports = entries.filter(({ act }) => act === 'courier.import');
    expect(imports.map(({ by, outcome }) => `${by} ${outcome}`)).toEqual([
      'cli:test done',
      'cli:test begun',
      'cli:test done',
      'cli:test begun',
    ]);
  });

  it('ends with 1 when anything is amiss, and says what', async () => {
    const site = await openSite();
    const letter = join(site.stick, 'letter.txt');
    await writeFile(letter, 'Dear core,');
    const ran = await site.run('import', letter);
    expect(ran).toMatchObject({ code: 1, out: expect.stringContaining('ENR-CRR-001') });
  });

  it('writes what there is for a station, and says that there is nothing', async () => {
    const site = await openSite();
    await packed(site);
    const nothing = await site.run('export', site.stick, '--station', STATION);
    expect(nothing).toMatchObject({ code: 0, out: 'Nothing was written: there is nothing to carry.' });
    await site.open((core) => core.setMaster({ approval: true }));
    const written = await site.run('export', site.stick, '--station', STATION, '--json');
    expect(written.lines.at(-1)).toMatchObject({ step: 'written', files: 1, entries: 2 });
    expect(await readdir(site.stick)).toHaveLength(2);
  });

  it('asks the core that runs, by absolute paths, and tells what it says', async () => {
    const site = await openSite();
    await packed(site);
    const asked: unknown[] = [];
    const courier: Courier = {
      async *import(paths) {
        asked.push(...paths);
        yield { step: 'hole', file: paths[0] ?? '', atBytes: 7, toBytes: 9 };
      },
      async *export(order) {
        asked.push(order.folder);
        yield { step: 'written', files: 0, entries: 0, bytes: 0, noRoom: 0 };
      },
    };
    const now = () => new Date();
    const noted: (string | undefined)[] = [];
    const audit: Audit = {
      note: async ({ by, act, done, outcome }) => {
        noted.push([by, act, done, outcome].join(' '));
      },
    };
    onTestFinished(await answerCourierOrders({ folder: site.folder, courier, audit, now, log: silent, pollMs: 20 }));
    site.occupy();
    expect(await site.run('import', site.stick)).toMatchObject({ code: 1, out: '  can not be read from byte 7 to 9' });
    expect(await site.run('export', site.stick, '--station', STATION)).toMatchObject({ code: 0 });
    expect(asked).toEqual([expect.stringMatching(/^\/.*\.enrb$/), site.stick]);
    expect(noted).toEqual([
      'cli:test courier.import 1 files begun',
      'cli:test courier.import 1 files done',
      `cli:test courier.export station ${STATION} begun`,
      `cli:test courier.export station ${STATION} done`,
    ]);
  });
});

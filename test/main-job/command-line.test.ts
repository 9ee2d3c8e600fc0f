/** The command line as a person uses it: core and station as processes of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeQuickToOpen } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ENROUTE = join(import.meta.dirname, '../../bin/enroute.ts');
const SECRETS = {
  ENROUTE_CORE_PASSPHRASE: 'planted-core-passphrase',
  ENROUTE_STATION_PASSPHRASE: 'planted-station-passphrase',
  ENROUTE_NEW_PASSWORD: 'planted-operator-password',
  ENROUTE_PERSON_PASSWORD: 'planted-operator-password',
  ENROUTE_LOCAL_TOKEN: 'planted-local-token',
};
const environment: NodeJS.ProcessEnv = { ...process.env, ...SECRETS, ENROUTE_PERSON: 'amina' };
delete environment.COUCHDB_URL;

let base = '';
const running: ChildProcess[] = [];
beforeAll(async () => {
  base = await mkdtemp(join(quickTmpdir(), 'enroute-cli-'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(base, { recursive: true, force: true });
});

function enroute(args: readonly string[], env: NodeJS.ProcessEnv = environment) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENROUTE, ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Starts a process that goes on, and waits for the line that tells its address. */
async function start(args: readonly string[], what: string): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [ENROUTE, ...args], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, address] = line.split(/\s+/);
    if (name === what && address) return { child, address };
  }
  throw new Error(`${args.join(' ')} ended without an address`);
}

describe('the command line', () => {
  it('brings a station and a core together, and they talk', { timeout: 120_000 }, async () => {
    const [station, core] = [join(base, 'station'), join(base, 'core')];
    const inStation = ['--folder', station];
    expect(enroute(['station', 'init', '1000110077', ...inStation])).toMatchObject({ status: 0 });
    expect(enroute(['station', 'person', 'amina', '--role', 'operator', ...inStation])).toMatchObject({ status: 0 });
    await makeQuickToOpen(join(station, 'station-keys.json'), SECRETS.ENROUTE_STATION_PASSPHRASE);
    const stationCard = enroute(['station', 'card', ...inStation]).stdout;
    expect(JSON.parse(stationCard)).toMatchObject({ station: '1000110077', operators: [{ id: 'amina' }] });
    await writeFile(join(base, 'station-card.json'), stationCard);

    expect(enroute(['core', 'init', '--folder', core])).toMatchObject({ status: 0 });
    await makeQuickToOpen(join(core, 'core-keys.json'), SECRETS.ENROUTE_CORE_PASSPHRASE);
    const registered = enroute(['core', 'register', join(base, 'station-card.json'), '--folder', core]);
    expect(registered.status).toBe(0);
    await writeFile(join(base, 'core-card.json'), registered.stdout);
    expect(enroute(['station', 'trust', join(base, 'core-card.json'), ...inStation])).toMatchObject({ status: 0 });

    const gateway = await start(['core', 'start', '--folder', core], 'gateway');
    const agent = await start(['station', 'start', ...inStation, '--gateway', gateway.address], 'station');
    const status = async () => {
      const headers = { authorization: `Bearer ${SECRETS.ENROUTE_LOCAL_TOKEN}` };
      return (await fetch(new URL('status', agent.address), { headers })).json();
    };
    await expect.poll(status, { timeout: 20_000 }).toMatchObject({ link: { up: true }, waiting: { packets: 0 } });

    // By the agent, which has the station to itself; and not past it when its address is lost.
    const nowhere = ['station', 'enrol', join(base, 'nowhere'), ...inStation, '--json'];
    const refused = enroute(nowhere);
    expect(refused).toMatchObject({ status: 3, stderr: '' });
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: 'FOLDER_UNREADABLE' });
    expect(enroute(['station', 'status', ...inStation]).stdout).toMatch(/^Link +up since /m);
    expect(enroute(['station', 'list', ...inStation])).toMatchObject({ status: 0, stdout: 'Nothing is here.\n' });
    // The core has its store to itself: it does what it is asked to, and one thing only while it is stopped.
    expect(enroute(['core', 'dead-letters', '--folder', core])).toMatchObject({ status: 0, stdout: '[]\n' });
    const invited = enroute(['core', 'invite', '1000110078', '--json', '--folder', core]);
    expect(JSON.parse(invited.stdout)).toMatchObject({
      station: '1000110078',
      token: expect.stringMatching(/^enr1\./),
    });
    expect(enroute(['core', 'person', 'add', 'amina', '--role', 'auditor', '--folder', core]).stdout).toContain(
      'console/#link=',
    );
    expect(enroute(['core', 'audit', 'show', '--folder', core]).stdout).toMatch(
      /cli:\S+ +person\.add +done[\s\S]*cli:\S+ +station\.invite +done +station 1000110078/,
    );
    const backup = join(base, 'backup');
    expect(enroute(['backup', backup, '--folder', core])).toMatchObject({ status: 0, stderr: '' });
    expect(enroute(['backup', '--verify', backup])).toMatchObject({ status: 0, stderr: '' });
    const inUse = enroute(['core', 'new-epoch', '--folder', core]);
    expect(inUse).toMatchObject({ status: 1, stdout: '' });
    expect(inUse.stderr).toMatch(/^ENR-OPS-004: .*\n {2}Stop the core first/);
    const agentFile = join(station, 'agent.json');
    const where = await readFile(agentFile, 'utf8');
    await rm(agentFile);
    expect(enroute(['station', 'list', ...inStation])).toMatchObject({ status: 7, stdout: '' });
    await writeFile(agentFile, where);

    for (const { child } of [agent, gateway]) {
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
    expect(JSON.parse(enroute(['core', 'conservation', '--folder', core]).stdout)).toMatchObject({ holds: true });
    expect(JSON.parse(enroute(['core', 'dead-letters', '--folder', core]).stdout)).toEqual([]);
    expect(enroute(['core', 'resume', '10001100770000120240229235959', '--folder', core]).stderr).toMatch(
      /^ENR-OPS-001: .*\n {2}Check its id/,
    );
    for (const log of [join(core, 'core.log'), join(station, 'station.log')]) {
      expect(await readFile(log, 'utf8')).not.toMatch(/planted-|"level":[56]0/);
    }
  });

  it('says what is missing, and which command there is', { timeout: 90_000 }, () => {
    const { ENROUTE_CORE_PASSPHRASE: __, ...without } = environment;
    const missing = enroute(['core', 'conservation', '--folder', join(base, 'none')], without);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('ENROUTE_CORE_PASSPHRASE');
    expect(missing.stderr).not.toContain('planted-');
    const nowhere = enroute(['core', 'conservation', '--folder', join(base, 'none')]);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toContain('ENR-OPS-002');
    expect(existsSync(join(base, 'none'))).toBe(false);
    const notACard = enroute([
      'core',
      'register',
      ENROUTE.replace('bin/enroute.ts', 'package.json'),
      '--folder',
      join(base, 'core'),
    ]);
    expect(notACard.stderr).toContain("is not a station's card");
    const notJson = enroute(['core', 'master', 'set', ENROUTE, '--folder', join(base, 'core')]);
    expect(notJson.stderr).toMatch(/^ENR-OPS-005: .*is not JSON.*\n {2}Correct the file/);
    const usage = enroute(['station', 'status', '--json']);
    expect(usage.status).toBe(2);
    expect(JSON.parse(usage.stdout)).toMatchObject({ error: 'USAGE', reason: expect.stringContaining('--folder') });
    expect(enroute(['station', 'init', '12', '--folder', join(base, 'bad')]).status).toBe(2);
    expect(enroute(['station', 'status', '--folder', join(base, 'none')])).toMatchObject({ status: 8, stdout: '' });
    const stationHelp = enroute(['station', '--help']);
    expect(stationHelp).toMatchObject({ status: 0, stdout: expect.stringContaining('Exit codes:') });
    const help = enroute(['--help']).stdout;
    for (const room of ['demo', 'core', 'gateway', 'worker', 'config', 'backup', 'restore', 'station'])
      expect(help).toContain(`  ${room} `);
    expect(enroute(['nonsense']).status).not.toBe(0);
  });

  it('does not replace the keys of a station that has some', () => {
    const again = enroute(['station', 'init', '1000110077', '--folder', join(base, 'station')]);
    expect(again.status).toBe(3);
    expect(again.stderr).toContain('ENR-CLI-003');
  });
});

/** The same commands with the agent running and without: the same answers, from another process or from this one. */
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AMINA, openTestDesk, SALIM, SECRETS, type TestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

const UNKNOWN = '10001100770999920260301100000';

/** What was drawn at random, and where the link stands, are all that may differ. */
function comparable(text: string): string {
  return text
    .replace(/[0-9a-f]{64}/g, '<digest>')
    .replace(/"freeBytes": \d+|Disk .*|Link .*/g, '<of the moment>')
    .replace(/"link": (null|\{[^}]*\})/g, '<of the moment>')
    .replace(/"clockOffsetMs": .*/g, '<of the moment>');
}

interface Spoken {
  readonly args: string;
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function day(desk: TestDesk): Promise<Spoken[]> {
  const spoken: Spoken[] = [];
  const say = async (args: string[], env: NodeJS.ProcessEnv = AMINA): Promise<void> => {
    const { code, out, err } = await desk.run(args, env);
    const [told, warned] = [out, err].map((text) => comparable(text.replaceAll(desk.folder, '<folder>')));
    spoken.push({ args: args[0] ?? '', code, out: told ?? '', err: warned ?? '' });
  };
  const rid = (sequence: number): string => `10001100770000${sequence}20260301100000`;
  const [good, poor, source] = [await desk.capture(), await desk.capture({ consent: false }), await desk.mosip()];
  const named = (path: string): string[] => [path, '--json'];
  await say(['check', ...named(poor)]);
  await say(['enrol', ...named(good)]);
  await say(['enrol', poor]);
  await say(['enrol', ...named(poor), '--as-draft']);
  await say(['enrol', '--draft', rid(2), good]);
  await say(['import', source, '--json']);
  await say(['discard', rid(1)]);
  await say(['review', rid(1), '--json'], SALIM);
  await say(['review', rid(1)]);
  await say(['reject', '--reason', 'OTHER', rid(1), UNKNOWN, '--json'], SALIM);
  await say(['list', '--json']);
  await say(['list']);
  await say(['show', rid(1)]);
  await say(['show', UNKNOWN, '--json']);
  await say(['status', '--json']);
  await say(['verify', '--json']);
  await say(['verify', UNKNOWN]);
  await say(['release', '--json']);
  await say(['approve', '--all', '--json'], { ...SALIM, ENROUTE_PERSON_PASSWORD: 'no planted password' });
  await say(['approve', '--all', '--json'], SALIM);
  return spoken;
}

describe('a day at a station', () => {
  it('goes the same with the agent running and without', { timeout: 120_000 }, async () => {
    const [alone, served] = [await openTestDesk(), await openTestDesk()];
    for (const desk of [alone, served]) await desk.coreSays({ approval: true });
    const without = await day(alone);
    const end = await served.startAgent();
    const paths = /\/[^"\s]*\/(capture|mosip)-\d/g;
    const withAgent = await day(served);
    expect(JSON.parse(JSON.stringify(withAgent).replace(paths, '<path>'))).toEqual(
      JSON.parse(JSON.stringify(without).replace(paths, '<path>')),
    );
    expect(without.map(({ code }) => code)).toEqual([3, 0, 3, 0, 0, 0, 3, 0, 3, 4, 0, 0, 0, 4, 0, 0, 4, 0, 6, 0]);
    expect(await end()).toMatchObject({ code: EXIT.done });
  });
});

describe('the running agent', () => {
  it('is found by its file, which is for its owner alone, holds no secret, and goes with it', async () => {
    const { folder, startAgent, run } = await openTestDesk();
    const path = join(folder, 'agent.json');
    const end = await startAgent();
    const file = await readFile(path, 'utf8');
    expect(JSON.parse(file)).toEqual({
      v: 1,
      pid: process.pid,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
    });
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect((await run(['status', '--json'])).json()).toMatchObject({ link: { up: false } });
    expect((await end()).code).toBe(EXIT.done);
    expect(existsSync(path)).toBe(false);
    expect((await run(['status', '--json'])).json()).toMatchObject({ link: null });
  });

  it('does not answer to another token', async () => {
    const { startAgent, run } = await openTestDesk();
    await startAgent();
    expect(await run(['status'], { ENROUTE_LOCAL_TOKEN: 'no planted token at all' })).toMatchObject({
      code: EXIT.inUse,
      err: expect.stringContaining('ENR-CLI-002'),
    });
  });

  it('is asked with the token that the environment or else the terminal gives', async () => {
    const { startAgent, run } = await openTestDesk();
    await startAgent();
    const without = { ENROUTE_LOCAL_TOKEN: '' };
    const missing = await run(['status', '--json'], without);
    expect(missing.code).toBe(EXIT.wrongUsage);
    expect(missing.json()).toMatchObject({ error: 'USAGE', reason: 'ENROUTE_LOCAL_TOKEN must be set.' });
    const asked: string[] = [];
    const typed = await run(['status', '--json'], without, {
      askSecret: async (question) => {
        asked.push(question);
        return SECRETS.ENROUTE_LOCAL_TOKEN;
      },
    });
    expect(typed.json()).toMatchObject({ link: { up: false } });
    expect(asked).toEqual(['Token of the running agent: ']);
  });

  it('is not who listens where an agent that is gone did: that one is told no secret', async () => {
    const { folder, run } = await openTestDesk();
    const heard: string[] = [];
    const stranger = createServer(async (request, response) => {
      heard.push(...request.rawHeaders);
      for await (const part of request) heard.push(String(part));
      response.end('[]');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      stranger.closeAllConnections();
      stranger.close();
    });
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
    await writeFile(join(folder, 'agent.json'), JSON.stringify({ v: 1, pid: process.pid, url }));
    expect(await run(['approve', '--all'], SALIM)).toMatchObject({
      code: EXIT.inUse,
      out: '',
      err: expect.stringContaining('delete agent.json'),
    });
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join('\n')).not.toMatch(/planted|salim/);
  });

  it('needs no passphrase of those who ask it', async () => {
    const { startAgent, run } = await openTestDesk();
    await startAgent();
    expect(await run(['status'], { ENROUTE_STATION_PASSPHRASE: '' })).toMatchObject({ code: EXIT.done });
  });

  it.each([
    ['of a process that is gone', { v: 1, pid: 2 ** 22 + 1, url: 'http://127.0.0.1:9/' }],
    ['of a process that does not listen', { v: 1, pid: process.pid, url: 'http://127.0.0.1:9/' }],
    ['that leads elsewhere', { v: 1, pid: process.pid, url: 'http://192.0.2.1:80/' }],
    ['that can not be read', 'nonsense'],
  ])('is not looked for by a file %s', async (_what, content) => {
    const { folder, run } = await openTestDesk();
    await writeFile(join(folder, 'agent.json'), JSON.stringify(content));
    expect((await run(['status', '--json'])).json()).toMatchObject({ link: null });
  });

  it('does not start without a token, or towards an address that is none', async () => {
    const { folder, run } = await openTestDesk();
    const gateway = ['--gateway', 'http://127.0.0.1:1/'];
    expect(await run(['start', ...gateway], { ENROUTE_LOCAL_TOKEN: 'short' })).toMatchObject({ code: EXIT.wrongUsage });
    expect(await run(['start', '--gateway', 'nowhere'])).toMatchObject({ code: EXIT.wrongUsage });
    expect(await run(['start', ...gateway, '--ca', '/nowhere.pem'])).toMatchObject({ code: EXIT.wrongUsage });
    await rm(join(folder, 'core-card.json'));
    expect(await run(['start', ...gateway], SECRETS)).toMatchObject({ code: EXIT.notSetUp });
    expect(existsSync(join(folder, 'agent.json'))).toBe(false);
  });
});

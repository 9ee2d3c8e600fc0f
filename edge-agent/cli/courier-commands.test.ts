import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameOffset } from '@enroute/shared/courier/frames.ts';
import { describe, expect, it } from 'vitest';
import { openTestDesk, SALIM, type TestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

async function stickOf({ folder }: TestDesk): Promise<string> {
  const stick = join(folder, '..', 'stick');
  await mkdir(stick, { recursive: true });
  return stick;
}

describe('a stick for the core', () => {
  it('takes what waits, with the agent and without, asks for nobody, and changes nothing', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    const [first, second] = [await desk.enrol(), await desk.enrol()];
    const alone = await desk.run(['export', stick], {});
    expect(alone.code).toBe(EXIT.done);
    expect(alone.out).toMatch(
      /\/[0-9a-f]{16}\.enrb {2}2 packets, 0\.1 MB, written and read back\n2 packets in 1 file, 0\.1 MB\.\n$/,
    );
    await desk.startAgent();
    const asked = await desk.run(['export', stick, '--json'], {});
    expect(asked.lines()).toEqual([
      { step: 'entry', id: first, bytes: expect.any(Number) },
      { step: 'entry', id: second, bytes: expect.any(Number) },
      { step: 'file', path: expect.stringContaining(stick), bytes: frameOffset(2), entries: 2 },
      { step: 'written', files: 1, entries: 2, bytes: frameOffset(2), noRoom: 0 },
    ]);
    expect((await readdir(stick)).filter((name) => name.endsWith('.enrb'))).toHaveLength(2);
    const listed = (await desk.run(['list', '--json'])).json() as { state: string }[];
    expect(listed.map(({ state }) => /^(SEALED|ANNOUNCED)$/.test(state))).toEqual([true, true]);
  });

  it('gets nothing that a supervisor has not approved', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    await desk.coreSays({ approval: true });
    const rid = await desk.enrol();
    expect((await desk.run(['export', stick], {})).out).toBe('Nothing was written: there is nothing to carry.\n');
    await desk.run(['approve', rid], SALIM);
    expect((await desk.run(['export', stick], {})).out).toContain('1 packet in 1 file');
  });

  it('that is not there, or takes nothing, is told with a code', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    await desk.enrol();
    const gone = await desk.run(['export', join(stick, 'not-mounted'), '--json'], {});
    expect(gone.code).toBe(EXIT.refused);
    expect(gone.json()).toMatchObject({ error: 'ENR-CRR-007', detail: 'ENOENT' });
    for (const bad of ['0', 'x', '1000', '99999999999'])
      expect(await desk.run(['export', stick, '--max-file-bytes', bad], {})).toMatchObject({ code: EXIT.wrongUsage });
  });

  it('names nobody', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    const rid = await desk.enrol();
    const { out, err } = await desk.run(['export', stick], {});
    expect(out + err).not.toMatch(/Zawadi|Mbeki|2024\/01\/01|planted/);
    const [name = ''] = await readdir(stick);
    expect((await readFile(join(stick, name))).includes(rid)).toBe(false);
  });
});

describe('a stick from the core', () => {
  it('is told file by file: what is none, or for the core itself, exits with 3, with the agent and without', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    await desk.enrol();
    await desk.run(['export', stick], {});
    const letter = join(stick, 'letter.txt');
    await writeFile(letter, 'Dear station,');
    const check = async (): Promise<void> => {
      const ran = await desk.run(['import-bundle', stick, letter, '--json'], {});
      expect(ran.code).toBe(EXIT.refused);
      expect(ran.lines()).toMatchObject([
        { step: 'not-opened', problem: { code: 'ENR-CRR-003' } },
        { step: 'not-opened', file: letter, problem: { code: 'ENR-CRR-001' } },
      ]);
    };
    await check();
    await desk.startAgent();
    await check();
    const said = await desk.run(['import-bundle', letter], {});
    expect(said.out).toMatch(
      /^letter\.txt: nothing was taken\. ENR-CRR-001: The file is not a courier bundle\.\n {4}Check/,
    );
  });

  it('with no bundle on it is told with a code', async () => {
    const desk = await openTestDesk();
    const empty = await desk.run(['import-bundle', await stickOf(desk), '--json'], {});
    expect(empty).toMatchObject({ code: EXIT.refused });
    expect(empty.json()).toMatchObject({ error: 'ENR-CRR-009' });
  });
});

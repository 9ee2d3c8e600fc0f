import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameOffset } from '@enroute/shared/courier/frames.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import { describe, expect, it } from 'vitest';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { openTestDesk, type TestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

async function stickOf({ folder }: TestDesk): Promise<string> {
  const stick = join(folder, '..', 'stick');
  await mkdir(stick, { recursive: true });
  return stick;
}

/** A genuine bundle that is sealed for somebody else. */
async function writeForAnother(folder: string): Promise<void> {
  const limits = { maxFileBytes: 1024 ** 2, maxBytes: undefined };
  const keys = { sender: newSigningKeyPair(), reader: publicKeyOf(newSealingKeyPair()) };
  const common = { direction: 'down', station: STATION, now: () => NOW } as const;
  const writer = await openBundleWriter({ folder, ...common, ...keys, ...limits });
  await writer.add('document', { id: 'task:1', body: {} });
  for await (const _file of writer.finish());
}

describe('a stick for the core', () => {
  it('takes what waits, with the agent and without, asks for nobody, names nobody, and changes nothing', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    const rid = await desk.enrol();
    const alone = await desk.run(['export', stick], {});
    expect(alone.code).toBe(EXIT.done);
    expect(alone.out).toMatch(
      /\/[0-9a-f]{16}\.enrb {2}1 packet, 0\.1 MB, written and .*\n1 packet in 1 file, 0\.1 MB\.\n$/,
    );
    expect(alone.out + alone.err).not.toMatch(/Zawadi|Mbeki|2024\/01\/01|planted/);
    const [name = ''] = await readdir(stick);
    expect((await readFile(join(stick, name))).includes(rid)).toBe(false);
    await desk.startAgent();
    const asked = await desk.run(['export', stick, '--json'], {});
    expect(asked.lines()).toEqual([
      { step: 'entry', id: rid, bytes: expect.any(Number) },
      {
        step: 'file',
        path: expect.stringContaining(stick),
        bytes: frameOffset(2),
        entries: 1,
        readBack: expect.any(Boolean),
      },
      { step: 'written', files: 1, entries: 1, bytes: frameOffset(2), noRoom: 0 },
    ]);
    expect((await readdir(stick)).filter((name) => name.endsWith('.enrb'))).toHaveLength(2);
    const listed = (await desk.run(['list', '--json'])).json() as { state: string }[];
    expect(listed.map(({ state }) => /^(SEALED|ANNOUNCED)$/.test(state))).toEqual([true]);
  });

  it('that is not there, or takes nothing, is told with a code', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    const gone = await desk.run(['export', join(stick, 'not-mounted'), '--json'], {});
    expect(gone.code).toBe(EXIT.refused);
    expect(gone.json()).toMatchObject({ error: 'ENR-CRR-007', detail: 'ENOENT' });
    for (const bad of ['0', 'x', '1000', '99999999999'])
      expect(await desk.run(['export', stick, '--max-file-bytes', bad], {})).toMatchObject({ code: EXIT.wrongUsage });
  });
});

describe('a stick from the core', () => {
  it('is told file by file: what is none, or for the core itself, exits with 3, with the agent and without', async () => {
    const desk = await openTestDesk();
    const stick = await stickOf(desk);
    await writeForAnother(stick);
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

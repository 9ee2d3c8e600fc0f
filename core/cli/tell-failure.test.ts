import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MosipError } from '@enroute/shared/mosip/findings.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { readEnvironment, secret } from '@enroute/sync/settings/secrets.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openEmbeddedStore } from '../store/embedded/open-embedded-store.ts';
import { readJsonFile } from './read-json-file.ts';
import { tellFailure } from './tell-failure.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-core-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function told(error: unknown): string {
  let text = '';
  expect(tellFailure((part) => (text += part), error)).toBe(1);
  return text;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a command of the core that fails', () => {
  it('tells code, sentence and next step', () => {
    expect(told(new EnrouteError('ENR-EXP-002', '/x.zip'))).toBe(
      'ENR-EXP-002: There is a file of this name already; nothing was written. (/x.zip)\n' +
        '  Choose another name, or move the file away.\n',
    );
    expect(told(new MosipError('MOSIP_UNWRITABLE', 'There is no place for it.'))).toMatch(
      /^MOSIP_UNWRITABLE: There is no place for it\.\n {2}Tell the support desk/,
    );
  });

  it('tells all that is missing of its environment', () => {
    const schema = z.object({ A: secret("opens the core's key", 12), B: secret("is the supervisor's", 12) });
    const missing = (): unknown => readEnvironment(schema, {});
    expect(missing).toThrow();
    try {
      missing();
    } catch (error) {
      expect(told(error)).toMatch(/^A: It opens the core's key; set it.*\nB: It is the supervisor's; set it/);
    }
  });

  it('quotes nothing that a parser may have met', () => {
    expect(told(new SyntaxError('Unexpected token "Zawadi"'))).toBe('SyntaxError\n');
  });

  it('says to stop the core where another process has the store', async () => {
    const folder = await newFolder();
    const onFatal = (): void => undefined;
    const store = await openEmbeddedStore({ folder, onFatal });
    onTestFinished(() => store.close());
    const text = told(await failureOf(openEmbeddedStore({ folder, onFatal })));
    expect(text).toMatch(/^ENR-OPS-004: .*\n {2}Stop the core first/);
  });

  it('says of a file that it is not there, is no JSON, or what of it is wrong', async () => {
    const path = join(await newFolder(), 'card.json');
    const read = (): Promise<unknown> => failureOf(readJsonFile(path, z.strictObject({ a: z.number() }), 'a card'));
    expect(told(await read())).toMatch(/^ENR-OPS-006: .*card\.json.*\n {2}Check its path/);
    await writeFile(path, '{"name": "Zawadi');
    const notJson = told(await read());
    expect(notJson).toMatch(/^ENR-OPS-005: .*card\.json is not JSON.*\n {2}Correct the file/);
    expect(notJson).not.toContain('Zawadi');
    await writeFile(path, '{"a": "Zawadi"}');
    const wrong = told(await read());
    expect(wrong).toMatch(/^ENR-OPS-005: .*card\.json is not a card\.[\s\S]*at a[\s\S]*\n {2}Correct the file/);
    expect(wrong).not.toContain('Zawadi');
  });
});

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { infant } from './agent/agent.fixture.ts';
import { createPerson } from './keys/people.ts';
import { createIdentity } from './keys/station-identity.ts';
import { trustCore } from './keys/trusted-core.ts';
import { temporaryFolder } from './queue/station-database.fixture.ts';
import { FIELD_TIMING, type Station, startStation } from './station.ts';

const PASSPHRASE = 'passphrase of the station';

async function prepared(): Promise<{ folder: string; start: (passphrase?: string) => Promise<Station> }> {
  const folder = await temporaryFolder();
  await createIdentity(folder, '1000110077', PASSPHRASE, QUICK_COST);
  return {
    folder,
    start: async (passphrase = PASSPHRASE) => {
      const station = await startStation({
        folder,
        passphrase,
        gatewayUrl: 'http://127.0.0.1:1/',
        timing: FIELD_TIMING,
        now: () => new Date(),
        log: pino({ enabled: false }),
      });
      onTestFinished(() => station.stop());
      return station;
    },
  };
}

async function trustSomeCore(folder: string): Promise<void> {
  const signingKey = publicKeyOf(newSigningKeyPair());
  await trustCore(folder, { v: 1, epoch: 'first', signingKey, sealingKey: publicKeyOf(newSealingKeyPair()) });
}

describe('a station', () => {
  it('does not start with the wrong passphrase, or before it knows its core', async () => {
    const { folder, start } = await prepared();
    await expect(start('wrong')).rejects.toMatchObject({ code: 'ENR-STN-005' });
    await expect(start()).rejects.toMatchObject({ code: 'ENR-STN-004' });
    await trustSomeCore(folder);
    expect(await (await start()).status()).toMatchObject({ station: '1000110077', link: { up: false } });
  });

  it('that could not start leaves nothing open, and starts once the cause is gone', async () => {
    const { folder, start } = await prepared();
    await trustSomeCore(folder);
    await writeFile(join(folder, 'packets'), 'no folder');
    await expect(start()).rejects.toThrow();
    await rm(join(folder, 'packets'));
    expect(await (await start()).status()).toMatchObject({ setAside: 0 });
  });

  it('saves enrolments without any link, tells of each, and still has them after a restart', async () => {
    const { folder, start } = await prepared();
    await trustSomeCore(folder);
    await createPerson(folder, 'amina', ['operator'], 'password of amina', QUICK_COST);
    const station = await start();
    let changes = 0;
    station.events.on('changed', () => {
      changes += 1;
    });
    const operator = await station.signIn('amina', 'password of amina');
    const { rid } = await station.enrol({ enrolment: infant(), process: 'NEW', operator, priority: 'normal' });
    expect(changes).toBeGreaterThan(0);
    await station.stop();
    await station.stop();
    const again = await start();
    expect((await again.queue(10)).map((item) => item.rid)).toEqual([rid]);
    expect((await again.status()).waiting.packets).toBe(1);
  });
});

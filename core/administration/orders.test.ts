/** Acts that a command has the running core carry out. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { listEntries } from '../audit/list-entries.ts';
import { type OpenedCore, openCore } from '../open-core.ts';
import { silent } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { type Act, anyAct } from './act.ts';
import { ACTS } from './acts.ts';
import { listAuditAct, verifyAuditAct } from './audit-acts.ts';
import { type conservationAct, registerAct } from './core-acts.ts';
import { type AdministrationDesk, answerAdministration, askToPerform } from './orders.ts';
import { inviteAct, listStationsAct, suspendAct } from './station-acts.ts';

const STATION = '1000110001';
const QUICK = { takenWithinMs: 5_000, silenceMs: 5_000, pollMs: 5 };
const BY = 'cli:amina';

let folder: string;
let core: OpenedCore;
beforeAll(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-acts-'));
  await makeQuickKeys(folder, 'p');
  const now = (): Date => new Date();
  core = await openCore(
    {
      folder,
      passphrase: 'p',
      couchdbUrl: undefined,
      couchdbPrefix: '',
      gatewayUrl: () => 'https://gateway.example/',
      now,
      log: silent,
    },
    'refuse',
  );
  const [signingKey, sealingKey] = [publicKeyOf(newSigningKeyPair()), publicKeyOf(newSealingKeyPair())];
  await core.register({ v: 1, station: STATION, signingKey, sealingKey, operators: [], supervisors: [] });
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true });
});

async function desks(change: Partial<AdministrationDesk> = {}): Promise<() => Promise<void>> {
  const stop = await answerAdministration({ folder, core, now: () => new Date(), log: silent, pollMs: 20, ...change });
  onTestFinished(stop);
  return stop;
}

const ask = <Input, Said>(act: Act<Input, Said>, input: Input): Promise<Said> =>
  askToPerform(folder, act, input, BY, QUICK);

/** An act that looks, and goes on until the core is stopped. */
function endless(begun: () => void): Act<Record<string, never>, null> {
  return {
    name: 'test.endless',
    input: z.record(z.string(), z.never()),
    said: z.null(),
    carryOut: (_core, _input, _by, stopping) => {
      begun();
      return new Promise((_resolve, reject) => stopping?.addEventListener('abort', () => reject(stopping.reason)));
    },
  };
}

describe('an act that a command has the running core carry out', () => {
  it('is done there, in the name of whoever asked, and comes back as its result', async () => {
    await desks();
    const { token } = await ask(inviteAct, { station: '1000110002' });
    expect(token).toMatch(/^enr1\./);
    await ask(suspendAct, { station: STATION });
    expect(await ask(listStationsAct, {})).toMatchObject([{ station: STATION, state: 'suspended' }]);
    expect((await ask(verifyAuditAct, { against: [] })).holds).toBe(true);
    expect((await ask(listAuditAct, { limit: 100 })).entries).toContainEqual(
      expect.objectContaining({ by: BY, act: 'station.suspend', done: `station ${STATION}`, outcome: 'done' }),
    );
  });

  it('and is refused there is refused here, with the same code; the audit has both', async () => {
    await desks();
    await expect(ask(suspendAct, { station: '9999999999' })).rejects.toMatchObject({ code: 'ENR-AUT-004' });
    const { entries } = await listEntries(core.databases.audit, 1);
    expect(entries).toMatchObject([{ by: BY, act: 'station.suspend', outcome: 'ENR-AUT-004' }]);
    const wrong = { station: STATION } as unknown as Parameters<typeof registerAct.carryOut>[1];
    await expect(ask(registerAct, wrong)).rejects.toMatchObject({ code: 'ENR-OPS-005' });
  });

  it('is not kept waiting by one that only looks, however long that takes', async () => {
    const isIn = Promise.withResolvers<void>();
    const long = endless(isIn.resolve);
    const stop = await desks({ acts: [...ACTS, anyAct(long)] });
    const looking = ask(long, {}).catch((error: unknown) => error);
    await isIn.promise;
    await ask(inviteAct, { station: '1000110003' });
    await stop();
    expect(await looking).toMatchObject({ code: 'ENR-OPS-009' });
  });

  it('is carried out by the desk of its kind alone', async () => {
    const sayingOtherwise = { ...suspendAct, done: undefined } as unknown as typeof conservationAct;
    await desks();
    await expect(ask(sayingOtherwise, { station: STATION } as never)).rejects.toMatchObject({ code: 'ENR-OPS-005' });
  });
});

describe('a look through everything', () => {
  it('ends when the core is stopped', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(core.conservation(signal)).rejects.toThrow('stopped');
    await expect(verifyAuditAct.carryOut(core, { against: [] }, BY, signal)).rejects.toThrow('stopped');
  });
});

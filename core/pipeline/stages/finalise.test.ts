import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { openResult, type Result } from '@enroute/shared/schemas/result.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { assignUins } from '../../identity/assign-uins.ts';
import { changeIdentities } from '../../identity/change-identities.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { Doc } from '../../store/store.ts';
import { broken, faultyDatabases, NOW, ridOf } from '../pipeline.fixture.ts';
import { finaliseStage } from './finalise.ts';
import { body, REJECTED, stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('finalise', () => {
  const CHANGED = { state: 'COMPLETED', code: 'ENR-OUT-003' } as const;
  const stage = (databases = bench.core.databases) =>
    finaliseStage({
      databases,
      keys: bench.core.keys,
      stationCard: bench.core.register.card,
      successOf: () => CHANGED,
    });
  const numbered = async (): Promise<{ registration: StoredRegistration; uin: string }> => {
    const registration = await bench.arrival({});
    const uin = String(5_000_000_000 + bench.person);
    await assignUins([registration._id], bench.core.databases.uins, () => uin, NOW);
    return { registration, uin };
  };

  test('writes the record, and tells the number to the station alone', async () => {
    const { registration, uin } = await numbered();
    expect(await bench.perform(stage(), [registration])).toEqual([{ kind: 'next' }]);
    expect(await bench.core.databases.identities.get(uin)).toMatchObject({ rid: registration._id });
    const result = await bench.downDoc<Doc & Result>(`result:${registration._id}`);
    expect(JSON.stringify(result)).not.toContain(uin);
    const opened = openResult(body(result) as Result, bench.core.stationSealing, publicKeyOf(bench.core.keys.signing));
    expect(opened).toEqual({ rid: registration._id, disclosure: 'full', uin });
    expect(await bench.downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({
      outcome: 'COMPLETED',
      code: 'ENR-OUT-001',
    });
  });

  test('tells a rejection, and gives neither record nor number even if there is one', async () => {
    const { registration, uin } = await numbered();
    await stage().perform([await bench.workOf(registration, REJECTED)], NOW);
    expect(await bench.downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({
      outcome: 'REJECTED',
      code: 'ENR-DDP-001',
    });
    expect(await bench.core.databases.identities.get(uin)).toBeUndefined();
    expect(await bench.core.sent(`result:${registration._id}`)).toEqual([]);
  });

  test('does not read a packet that need not be read', async () => {
    const registration = await bench.core.arrive({ bytes: new TextEncoder().encode('no packet') });
    const work = await bench.workOf(registration, { state: 'FAILED', code: 'ENR-PKT-001' });
    expect(await stage().perform([work], NOW)).toEqual([{ kind: 'next' }]);
    expect(await bench.core.sent(`receipt:${registration._id}:OUTCOME`)).toHaveLength(1);
  });

  test('writes the record before it tells anything, and the result goes down before the receipt, together', async () => {
    const { registration, uin } = await numbered();
    const written: string[][] = [];
    const databases = faultyDatabases(bench.core.databases, {
      before: (method, _db, documents) => {
        if (method !== 'write') return;
        written.push(documents.map(({ _id }) => _id));
        if (documents.some(({ _id }) => _id.startsWith('receipt:'))) throw broken();
      },
    });
    await expect(bench.perform(stage(databases), [registration])).rejects.toThrow('broken for the test');
    const rid = registration._id;
    expect(written).toEqual([[uin], [`result:${rid}`, `receipt:${rid}:OUTCOME`]]);
    expect(await bench.core.databases.identities.get(uin)).toBeDefined();
    expect(await bench.perform(stage(), [registration])).toEqual([{ kind: 'next' }]);
    const first = await bench.downDoc(`result:${rid}`);
    await bench.perform(stage(), [registration]);
    expect(await bench.downDoc(`result:${rid}`)).toEqual(first);
    expect(await bench.core.sent(`receipt:${rid}:OUTCOME`)).toHaveLength(1);
  });

  test.each(['UPDATE', 'RES_UPDATE', 'ACTIVATE', 'DEACTIVATE'] as const)(
    'repeats of the number that was given for %s only the end, and makes nobody new',
    async (process) => {
      const registration = await bench.arrival({}, { process });
      const uin = String(5_000_000_000 + bench.person);
      await linkUins(new Map([[registration._id, uin]]), bench.core.databases);
      await bench.perform(stage(), [registration]);
      const result = await bench.downDoc<Doc & Result>(`result:${registration._id}`);
      const opened = openResult(
        body(result) as Result,
        bench.core.stationSealing,
        publicKeyOf(bench.core.keys.signing),
      );
      expect(opened).toMatchObject({ disclosure: 'masked', uin: `******${uin.slice(-4)}` });
      expect(await bench.core.databases.identities.get(uin)).toBeUndefined();
    },
  );

  test('hands out a lost number in full', async () => {
    const registration = await bench.arrival({}, { process: 'LOST' });
    const uin = String(5_000_000_000 + bench.person);
    await linkUins(new Map([[registration._id, uin]]), bench.core.databases);
    await bench.perform(stage(), [registration]);
    const result = await bench.downDoc<Doc & Result>(`result:${registration._id}`);
    const opened = openResult(body(result) as Result, bench.core.stationSealing, publicKeyOf(bench.core.keys.signing));
    expect(opened).toMatchObject({ disclosure: 'full', uin });
  });

  test.each(['NEW', 'LOST', 'UPDATE', 'RES_UPDATE', 'ACTIVATE', 'DEACTIVATE'] as const)(
    'completes nobody of %s without a number: it is tried again, and nothing is told; the others get theirs',
    async (process) => {
      const lacking = await bench.arrival({}, { process });
      bench.nextPerson();
      const { registration } = await numbered();
      expect(await bench.perform(stage(), [lacking, registration])).toMatchObject([
        { kind: 'retry', code: 'ENR-UIN-002' },
        { kind: 'next' },
      ]);
      expect(await bench.core.sent(`receipt:${lacking._id}:OUTCOME`)).toEqual([]);
      expect(await bench.core.sent(`receipt:${registration._id}:OUTCOME`)).toHaveLength(1);
    },
  );

  test('completes a correction, which has no number of its own', async () => {
    const correction = await bench.arrival({}, { process: 'CORRECTION', corrects: ridOf(1) });
    expect(await bench.perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    expect(await bench.core.sent(`receipt:${correction._id}:OUTCOME`)).toHaveLength(1);
  });

  describe('of one that was stopped', () => {
    const STOPPED = { state: 'REJECTED', code: 'ENR-FLW-002' } as const;
    const updated = async (): Promise<{ registration: StoredRegistration; uin: string }> => {
      const uin = String(5_000_000_000 + bench.person);
      const { databases, keys } = bench.core;
      const person = { uin, rid: ridOf(bench.person), identity: {}, packets: [] };
      await createIdentities([person], databases.identities, keys.storage, NOW);
      const registration = await bench.arrival({ change: { identity: { UIN: uin } } }, { process: 'UPDATE' });
      return { registration, uin };
    };
    const end = async (registration: StoredRegistration) =>
      stage().perform([await bench.workOf(registration, STOPPED)], NOW);

    test('in the moment in which its change was made tells that it was made', async () => {
      const { registration, uin } = await updated();
      const { databases, keys } = bench.core;
      const act = { uin, rid: registration._id, act: 'change', fields: { city: 'Fes' } } as const;
      await changeIdentities([act], databases.identities, keys.storage, NOW);
      expect(await end(registration)).toEqual([{ kind: 'next', verdict: CHANGED }]);
      expect(await bench.downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({
        outcome: 'COMPLETED',
        code: 'ENR-OUT-003',
      });
      expect(await bench.core.sent(`result:${registration._id}`)).toHaveLength(1);
    });

    test('hands out no lost number that was decided against, whatever was changed before', async () => {
      const { registration, uin } = await updated();
      const lost = { ...registration, process: 'LOST' } as const;
      const { databases, keys } = bench.core;
      const act = { uin, rid: lost._id, act: 'change', fields: {} } as const;
      await changeIdentities([act], databases.identities, keys.storage, NOW);
      await linkUins(new Map([[lost._id, uin]]), databases);
      expect(await end(lost)).toEqual([{ kind: 'next' }]);
      expect(await bench.core.sent(`result:${lost._id}`)).toEqual([]);
    });

    test('before its change was made tells that it was rejected', async () => {
      const { registration } = await updated();
      expect(await end(registration)).toEqual([{ kind: 'next' }]);
      expect(await bench.downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({ outcome: 'REJECTED' });
    });

    test('tells it of a packet that does not open, too', async () => {
      const bytes = new TextEncoder().encode('no packet');
      const registration = await bench.core.arrive({ bytes, process: 'UPDATE' });
      expect(await end(registration)).toEqual([{ kind: 'next' }]);
    });
  });
});

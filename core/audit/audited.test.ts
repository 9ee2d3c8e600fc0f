import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { expect, it } from 'vitest';
import { openTestAudit, type TestAudit } from './audit.fixture.ts';
import { audited, auditedSteps, type Beginning } from './audited.ts';

const BEGINNING: Beginning = { by: 'amina', act: 'station.suspend', done: 'station 1000110077' };

/** What the audit says of the act by now. */
async function said(audit: TestAudit): Promise<(string | undefined)[][]> {
  const entries = (await audit.entries()).filter(({ act }) => act === BEGINNING.act);
  expect(new Set(entries.map(({ requestId }) => requestId)).size).toBeLessThanOrEqual(1);
  return entries.map(({ outcome, done }) => [outcome, done]);
}

it('An act stands in the audit before anything is done, and with what came of it before anybody is told', async () => {
  const audit = await openTestAudit();
  const result = await audited(
    audit.writer(),
    BEGINNING,
    async () => {
      expect(await said(audit)).toEqual([['begun', 'station 1000110077']]);
      return 7;
    },
    (seven) => `station 1000110077, ${seven} keys`,
  );
  expect(result).toBe(7);
  expect(await said(audit)).toEqual([
    ['begun', 'station 1000110077'],
    ['done', 'station 1000110077, 7 keys'],
  ]);
});

it('An act that fails stands there with its code, and one without a code as a failure of ours', async () => {
  for (const [error, outcome] of [
    [new EnrouteError('ENR-TRU-008'), 'ENR-TRU-008'],
    [new Error('the disk'), 'ENR-WEB-002'],
  ] as const) {
    const audit = await openTestAudit();
    await expect(audited(audit.writer(), BEGINNING, () => Promise.reject(error))).rejects.toBe(error);
    expect((await said(audit)).map(([each]) => each)).toEqual(['begun', outcome]);
  }
});

it('Nothing is done that the audit does not take: neither when it fails, nor what it can not hold', async () => {
  const audit = await openTestAudit();
  let done = 0;
  const work = async (): Promise<void> => {
    done += 1;
  };
  const failing = { note: () => Promise.reject(new EnrouteError('ENR-AUD-001')) };
  await expect(audited(failing, BEGINNING, work)).rejects.toMatchObject({ code: 'ENR-AUD-001' });
  await expect(audited(audit.writer(), { ...BEGINNING, by: 'a b' }, work)).rejects.toThrow();
  expect(done).toBe(0);
});

it('Work that tells of itself step by step is noted around its steps; of one that was left there is no outcome', async () => {
  const audit = await openTestAudit();
  async function* steps(): AsyncGenerator<number> {
    yield (await said(audit)).length;
    yield 2;
  }
  const taken = [];
  for await (const step of auditedSteps(audit.writer(), BEGINNING, steps())) taken.push(step);
  expect(taken).toEqual([1, 2]);
  expect((await said(audit)).map(([outcome]) => outcome)).toEqual(['begun', 'done']);
  const other = { ...BEGINNING, act: 'station.revoke' };
  for await (const _step of auditedSteps(audit.writer(), other, steps())) break;
  const left = (await audit.entries()).filter(({ act }) => act === other.act);
  expect(left.map(({ outcome }) => outcome)).toEqual(['begun']);
});

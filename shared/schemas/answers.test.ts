/** What the core sends down: receipts, results and tasks, which only it can have made. */
import { describe, expect, it } from 'vitest';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '../crypto/keys.ts';
import { sealFor } from '../crypto/sealed-box.ts';
import { sign } from '../crypto/signature.ts';
import { type Receipt, type ReceiptBody, receiptId, signReceipt, verifyReceipt } from './receipt.ts';
import { openResult, type Result, type ResultContent, resultId, sealResult } from './result.ts';
import { at, core, digest, otherRid, outcome, received, rid, station, stationBox, task } from './schemas.fixture.ts';
import { signTask, type Task, taskId, taskSchema, verifyTask } from './task.ts';

const corePublic = publicKeyOf(core);
const stranger = newSigningKeyPair();

describe.each([
  ['RECEIVED', received],
  ['OUTCOME', outcome],
] as const)('a %s receipt', (kind, body: ReceiptBody) => {
  const receipt = signReceipt(body, core);

  it('is believed when the core signed it, and is named after what it is about', () => {
    expect(verifyReceipt(receipt, corePublic)).toBe(true);
    expect(receiptId(rid, kind)).toBe(`receipt:${rid}:${kind}`);
  });

  it('is not believed when another core signed it, even under the name of the right key', () => {
    expect(verifyReceipt(signReceipt(body, stranger), corePublic)).toBe(false);
    const posing: Receipt = { ...body, signature: { keyId: core.keyId, value: sign('receipt', body, stranger) } };
    expect(verifyReceipt(posing, corePublic)).toBe(false);
  });

  it('is not believed after any change', () => {
    for (const change of [
      { rid: otherRid },
      { station: '1000110078' },
      { digest: 'b'.repeat(64) },
      { epoch: 'second' },
      { at: '2026-03-02T10:00:00.000Z' },
    ]) {
      expect(verifyReceipt({ ...receipt, ...change }, corePublic), JSON.stringify(change)).toBe(false);
    }
  });
});

describe('an OUTCOME receipt', () => {
  it('is not made of a RECEIVED one', () => {
    const { signature } = signReceipt(received, core);
    expect(verifyReceipt({ ...outcome, signature }, corePublic)).toBe(false);
  });
});

describe('a result', () => {
  const content: ResultContent = { rid, disclosure: 'full', uin: '2431792569' };
  const reader = publicKeyOf(stationBox);
  const result = sealResult(content, station, new Date(at), reader, core);

  it('opens for the station that it is sealed for, and shows nothing before', () => {
    expect(openResult(result, stationBox, corePublic)).toEqual(content);
    expect(JSON.stringify(result)).not.toContain(content.uin);
    expect(resultId(rid)).toBe(`result:${rid}`);
  });

  it('does not open for another station', () => {
    expect(openResult(result, newSealingKeyPair(), corePublic)).toBeUndefined();
  });

  it('does not open when another core signed it', () => {
    expect(
      openResult(sealResult(content, station, new Date(at), reader, stranger), stationBox, corePublic),
    ).toBeUndefined();
  });

  it('does not open after a change, and not under another RID even when the core signs that', () => {
    expect(openResult({ ...result, rid: otherRid }, stationBox, corePublic)).toBeUndefined();
    const { signature: _signature, ...body } = { ...result, rid: otherRid };
    const swapped: Result = { ...body, signature: { keyId: core.keyId, value: sign('result', body, core) } };
    expect(openResult(swapped, stationBox, corePublic)).toBeUndefined();
  });

  it('does not open when it holds something else than a result', () => {
    const { signature: _signature, ...rest } = result;
    const body = { ...rest, sealed: sealFor(reader, new TextEncoder().encode('{"rid":1}')) };
    const strange: Result = { ...body, signature: { keyId: core.keyId, value: sign('result', body, core) } };
    expect(openResult(strange, stationBox, corePublic)).toBeUndefined();
  });

  it('is not sealed with more than a number in it', () => {
    for (const uin of ['', '12', 'Amina Diallo', '1234567890 ']) {
      expect(() => sealResult({ ...content, uin }, station, new Date(at), reader, core)).toThrow();
    }
  });
});

describe('a task', () => {
  const signed = signTask(task, core);

  it('is believed when the core signed it, and no longer after a change', () => {
    expect(verifyTask(signed, corePublic)).toBe(true);
    expect(verifyTask(signTask(task, stranger), corePublic)).toBe(false);
    const changes: Partial<Task>[] = [{ positions: ['FACE'] }, { dueBy: at }, { number: 2 }, { rid: otherRid }];
    for (const change of changes) expect(verifyTask({ ...signed, ...change }, corePublic)).toBe(false);
  });

  it('has its place in the order of the tasks of its registration', () => {
    expect([taskId(rid, 10), taskId(rid, 9), taskId(rid, 1)].sort()).toEqual([
      taskId(rid, 1),
      taskId(rid, 9),
      taskId(rid, 10),
    ]);
  });

  it('asks for something, and for what there is', () => {
    for (const change of [
      { positions: [] },
      { positions: ['TOE'] },
      { number: 0 },
      { number: 100 },
      { task: 'OTHER' },
      { code: 'ENR-NIL-001' },
    ]) {
      expect(taskSchema.safeParse({ ...signed, ...change }).success, JSON.stringify(change)).toBe(false);
    }
  });

  it('is not taken for a receipt, nor the other way round', () => {
    const { signature } = signed;
    expect(verifyReceipt({ ...received, digest, signature }, corePublic)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { openTestDesk, SALIM, type TestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

/** A station whose country asks for approval, with so many enrolments that await it. */
async function awaiting(enrolments: number): Promise<TestDesk & { rids: string[] }> {
  const desk = await openTestDesk();
  await desk.coreSays({ approval: true });
  const rids: string[] = [];
  for (let done = 0; done < enrolments; done += 1) rids.push(await desk.enrol());
  return { ...desk, rids };
}

describe('a supervisor', () => {
  it('sees what there is to decide on', async () => {
    const { run, rids, capture } = await awaiting(0);
    const saved = await run(['enrol', await capture()]);
    expect(saved.out).toContain('it awaits a supervisor');
    const [{ rid }] = (await run(['list', '--state', 'AWAITING_APPROVAL', '--json'])).json() as [{ rid: string }];
    expect(rids).toEqual([]);
    const shown = await run(['review', rid], SALIM);
    for (const part of [rid, 'Zawadi Mbeki [eng]', '2024/01/01', 'proofOfRelationship', 'FACE', 'Consent'])
      expect(shown.out).toContain(part);
    expect((await run(['review', rid, '--json'], SALIM)).json()).toMatchObject({
      item: { rid, state: 'AWAITING_APPROVAL' },
      contents: {
        identity: { dateOfBirth: '2024/01/01' },
        consent: true,
        documents: [{ name: 'proofOfRelationship', bytes: 5_000 }],
        captures: [{ position: 'FACE', quality: 95 }],
        introducerCaptures: null,
      },
    });
  });

  it('is the only one who sees it, and only what awaits approval', async () => {
    const { run, rids, enrol, coreSays } = await awaiting(1);
    const asOperator = await run(['review', ...rids]);
    expect(asOperator).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('ENR-APR-002') });
    expect(asOperator.out).toBe('');
    await coreSays({ approval: false });
    const sealed = await enrol();
    expect(await run(['review', sealed], SALIM)).toMatchObject({ code: EXIT.refused });
  });

  it('approves those that are named, or all', async () => {
    const { run, rids } = await awaiting(3);
    const [first = ''] = rids;
    expect(await run(['approve', first], SALIM)).toMatchObject({ code: EXIT.done, out: `${first}  approved\n` });
    const rest = await run(['approve', '--all', '--json'], SALIM);
    expect(rest.json()).toEqual(rids.slice(1).map((rid) => ({ rid, failure: null })));
    expect((await run(['approve', '--all'], SALIM)).out).toBe('Nothing awaits approval.\n');
    const items = (await run(['list', '--json'])).json() as { state: string }[];
    expect(items.map(({ state }) => state)).toEqual(['APPROVED', 'APPROVED', 'APPROVED']);
  });

  it('decides on each of several, whatever is wrong with another', async () => {
    const { run, rids, capture } = await awaiting(1);
    const own = (await run(['enrol', await capture(), '--json'], SALIM)).json() as { rid: string };
    const unknown = '10001100770999920260301100000';
    const ran = await run(['approve', own.rid, unknown, ...rids, '--json'], SALIM);
    expect(ran.code).toBe(EXIT.refused);
    expect(ran.json()).toMatchObject([
      { rid: own.rid, failure: { error: 'ENR-APR-001', next: expect.any(String) } },
      { rid: unknown, failure: { error: 'ENR-STN-008' } },
      { rid: rids[0], failure: null },
    ]);
    expect((await run(['approve', unknown], SALIM)).code).toBe(EXIT.noSuchRegistration);
  });

  it('rejects with a reason of the list, and then it is never sent', async () => {
    const { run, rids } = await awaiting(1);
    const [rid = ''] = rids;
    expect(await run(['reject', rid], SALIM)).toMatchObject({ code: EXIT.wrongUsage });
    expect(await run(['reject', rid, '--reason', 'UGLY'], SALIM)).toMatchObject({ code: EXIT.wrongUsage });
    expect(await run(['reject', rid, '--reason', 'DOCUMENTS'], SALIM)).toMatchObject({ out: `${rid}  rejected\n` });
    expect((await run(['show', rid, '--json'])).json()).toMatchObject({
      state: 'REJECTED',
      problem: { code: 'ENR-APR-003' },
      rejection: { by: 'salim', reason: 'DOCUMENTS' },
    });
    expect(await run(['approve', rid], SALIM)).toMatchObject({ code: EXIT.refused });
  });

  it('says which, and not both or neither', async () => {
    const { run } = await openTestDesk();
    const rid = '10001100770999920260301100000';
    for (const args of [['approve'], ['approve', rid, '--all'], ['approve', 'x'], ['reject', '--reason', 'OTHER']])
      expect(await run(args, SALIM), args.join(' ')).toMatchObject({ code: EXIT.wrongUsage });
  });

  it('is told when there is no copy to look at, because the core asked for approval afterwards', async () => {
    const { run, enrol, opened } = await openTestDesk();
    const rid = await enrol();
    await opened(async ({ packets }) => {
      for (const state of ['ANNOUNCED', 'AWAITING_APPROVAL'] as const)
        expect(await packets.move(rid, state, { problem: 'ENR-MAN-006' })).toBe(true);
    });
    expect((await run(['review', rid, '--json'], SALIM)).json()).toMatchObject({ contents: null });
    expect((await run(['review', rid], SALIM)).out).toContain('can not be shown here');
  });
});

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { describe, expect, it } from 'vitest';
import { infant } from '../agent/agent.fixture.ts';
import { createPerson } from '../keys/people.ts';
import { AMINA, openTestDesk, SALIM, type TestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

const NAMES = /Zawadi|Mbeki/;

async function states({ run }: TestDesk): Promise<string[]> {
  return ((await run(['list', '--json'])).json() as { state: string }[]).map(({ state }) => state);
}

describe('enrolling from a capture folder', () => {
  it('says what was saved, and the list has it', async () => {
    const desk = await openTestDesk();
    const ran = await desk.run(['enrol', await desk.capture()]);
    expect(ran).toMatchObject({ code: EXIT.done, err: '' });
    expect(ran.out).toMatch(/^Saved: \d{29}, \d+\.\d kB\n$/);
    expect(await states(desk)).toEqual(['SEALED']);
  });

  it('is refused with everything that stands against it, and nothing is saved', async () => {
    const desk = await openTestDesk();
    const folder = await desk.capture({ consent: false, documents: [] });
    const told = await desk.run(['enrol', folder]);
    expect(told).toMatchObject({ code: EXIT.refused, out: '' });
    expect(told.err).toMatch(/^Refused, for 2 reasons:\n {2}✗ ENR-VAL-001 .*\n.*\n {2}✗ ENR-VAL-003 /);
    const refused = await desk.run(['enrol', folder, '--json']);
    expect(refused.json()).toMatchObject({
      error: 'ENR-VAL-001',
      reason: expect.any(String),
      next: expect.any(String),
      findings: [
        { code: 'ENR-VAL-001', weight: 'refuse', sentence: expect.any(String), next: expect.any(String) },
        { code: 'ENR-VAL-003', weight: 'refuse', detail: expect.any(String) },
      ],
    });
    expect(told.err + refused.out).not.toMatch(NAMES);
    expect(await states(desk)).toEqual([]);
    expect(await readdir(join(desk.folder, 'packets'))).toEqual([]);
  });

  it('shows warnings also when it was saved', async () => {
    const desk = await openTestDesk();
    await desk.coreSays({ limits: { waitingPackets: { warn: 0, refuse: 9 } } });
    const ran = await desk.run(['enrol', await desk.capture()]);
    expect(ran).toMatchObject({ code: EXIT.done, out: expect.stringContaining('Saved') });
    expect(ran.err).toContain('! ENR-LIM-002');
    const json = await desk.run(['enrol', await desk.capture(), '--json']);
    expect(json).toMatchObject({ code: EXIT.done, err: '' });
    expect(json.json()).toMatchObject({ awaitsApproval: false, findings: [{ code: 'ENR-LIM-002', weight: 'warn' }] });
  });

  it('is refused when the station takes no more', async () => {
    const desk = await openTestDesk();
    await desk.coreSays({ limits: { waitingPackets: { warn: 0, refuse: 0 } } });
    const ran = await desk.run(['enrol', await desk.capture(), '--json']);
    expect(ran.code).toBe(EXIT.refused);
    expect(ran.json()).toMatchObject({ error: 'ENR-LIM-002', findings: [{ weight: 'refuse' }] });
  });

  it('can be tried before: the check tells the same and saves nothing', async () => {
    const desk = await openTestDesk();
    expect(await desk.run(['check', await desk.capture()])).toMatchObject({
      code: EXIT.done,
      out: 'It would be taken.\n',
    });
    const poor = await desk.run(['check', await desk.capture({ documents: [] }), '--json']);
    expect(poor.code).toBe(EXIT.refused);
    expect(poor.json()).toMatchObject({ refused: true, findings: [{ code: 'ENR-VAL-003' }] });
    expect(await states(desk)).toEqual([]);
  });

  it('needs a person who signs in and is an operator', async () => {
    const desk = await openTestDesk();
    const folder = await desk.capture();
    expect(await desk.run(['enrol', folder], {})).toMatchObject({ code: EXIT.wrongUsage });
    expect(await desk.run(['enrol', folder], { ENROUTE_PERSON: 'amina' })).toMatchObject({ code: EXIT.wrongUsage });
    const wrong = { ...AMINA, ENROUTE_PERSON_PASSWORD: 'no planted password' };
    expect(await desk.run(['enrol', folder], wrong)).toMatchObject({ code: EXIT.signInFailed });
    const badu = { ENROUTE_PERSON: 'badu', ENROUTE_PERSON_PASSWORD: 'planted password of badu' };
    await createPerson(desk.folder, 'badu', ['supervisor'], badu.ENROUTE_PERSON_PASSWORD, QUICK_COST);
    expect(await desk.run(['enrol', folder], badu)).toMatchObject({
      code: EXIT.refused,
      err: expect.stringContaining('ENR-STN-013'),
    });
    expect(await states(desk)).toEqual([]);
  });

  it('does not take a folder that is none, and quotes nothing of it', async () => {
    const desk = await openTestDesk();
    const folder = await desk.capture();
    await writeFile(join(folder, 'enrolment.json'), '{"identity": "Zawadi Mbeki"');
    const notJson = await desk.run(['enrol', folder, '--json']);
    expect(notJson.json()).toMatchObject({ error: 'CAPTURE_NOT_JSON', next: expect.any(String) });
    const nowhere = await desk.run(['enrol', join(folder, 'nowhere')]);
    expect(nowhere.err).toContain('FOLDER_UNREADABLE');
    for (const { code } of [notJson, nowhere]) expect(code).toBe(EXIT.refused);
    expect(notJson.out).not.toMatch(NAMES);
  });

  it('is refused with a wrong passphrase', async () => {
    const desk = await openTestDesk();
    const wrong = { ...AMINA, ENROUTE_STATION_PASSPHRASE: 'no planted passphrase' };
    expect(await desk.run(['enrol', await desk.capture()], wrong)).toMatchObject({ code: EXIT.signInFailed });
  });
});

describe('a draft', () => {
  it('is kept whatever it lacks, listed, replaced, and completed under its RID', async () => {
    const desk = await openTestDesk();
    const begun = await desk.run(['enrol', await desk.capture({ consent: false }), '--as-draft', '--json']);
    const { rid } = begun.json() as { rid: string };
    expect((await desk.run(['list', '--state', 'DRAFT', '--json'])).json()).toMatchObject([{ rid, state: 'DRAFT' }]);
    expect(await desk.run(['enrol', '--draft', rid])).toMatchObject({
      code: EXIT.refused,
      err: expect.stringContaining('ENR-VAL-001'),
    });
    const again = await desk.run(['enrol', await desk.capture(), '--as-draft', '--draft', rid]);
    expect(again.out).toBe(`Kept as a draft: ${rid}\n`);
    expect((await desk.run(['enrol', '--draft', rid, '--json'])).json()).toMatchObject({ rid });
    expect(await states(desk)).toEqual(['SEALED']);
  });

  it('is completed by another folder', async () => {
    const desk = await openTestDesk();
    const begun = await desk.run(['enrol', await desk.capture({ consent: false }), '--as-draft', '--json']);
    const { rid } = begun.json() as { rid: string };
    expect((await desk.run(['enrol', await desk.capture(), '--draft', rid, '--json'])).json()).toMatchObject({ rid });
  });

  it('is thrown away by an operator, and only while it is one', async () => {
    const desk = await openTestDesk();
    const begun = await desk.run(['enrol', await desk.capture(), '--as-draft', '--json']);
    const { rid } = begun.json() as { rid: string };
    expect(await desk.run(['discard', rid], {})).toMatchObject({ code: EXIT.wrongUsage });
    expect(await desk.run(['discard', rid])).toMatchObject({ code: EXIT.done });
    expect(await desk.run(['discard', rid])).toMatchObject({ code: EXIT.noSuchRegistration });
    const sealed = await desk.enrol();
    expect(await desk.run(['discard', sealed])).toMatchObject({ code: EXIT.refused });
  });

  it('is not what a sealed packet can be made again: its bytes stay', async () => {
    const desk = await openTestDesk();
    const sealed = await desk.enrol();
    const before = (await desk.run(['show', sealed, '--json'])).json();
    for (const more of [[], ['--as-draft']]) {
      expect(await desk.run(['enrol', await desk.capture(), '--draft', sealed, ...more])).toMatchObject({
        code: EXIT.refused,
        err: expect.stringContaining('ENR-STN-012'),
      });
    }
    expect((await desk.run(['show', sealed, '--json'])).json()).toEqual(before);
    expect(await desk.run(['verify', sealed])).toMatchObject({ code: EXIT.done });
  });
});

describe('importing from MOSIP', () => {
  const silent = (files: Map<string, Uint8Array>): void => {
    const path = 'id/packet_meta_info.json';
    const text = new TextDecoder().decode(files.get(path));
    files.set(path, new TextEncoder().encode(text.replaceAll('consentOfApplicant', 'consentOfNobody')));
  };
  const doubtful = (files: Map<string, Uint8Array>): void => {
    files.set('id/packet_data_hash.txt', new TextEncoder().encode('0'.repeat(64)));
  };

  it('saves a packet that nothing speaks against, and tells where it came from', async () => {
    const desk = await openTestDesk();
    const source = await desk.mosip();
    const ran = await desk.run(['import', source, '--json']);
    expect(ran).toMatchObject({ code: EXIT.done });
    expect(ran.lines()).toMatchObject([
      { source, sourceRid: '10009100990000120260301090000', saved: { rid: expect.any(String) }, failure: null },
    ]);
    expect(await states(desk)).toEqual(['SEALED']);
  });

  it('refuses a packet that says nothing of consent, until the operator has asked', async () => {
    const desk = await openTestDesk();
    const source = await desk.mosip(silent);
    for (const more of [[], ['--accept-doubts']]) {
      const refused = await desk.run(['import', source, ...more]);
      expect(refused).toMatchObject({ code: EXIT.refused });
      expect(refused.out).toMatch(/MOSIP_CONSENT_UNKNOWN[\s\S]*--consent/);
    }
    expect(await desk.run(['import', source, '--consent'])).toMatchObject({ code: EXIT.done });
  });

  it('does not overrule a person who said no', async () => {
    const desk = await openTestDesk();
    const source = await desk.mosip((files) => {
      const path = 'id/packet_meta_info.json';
      const meta = JSON.parse(new TextDecoder().decode(files.get(path))) as {
        identity: { metaData: { label: string; value: string }[] };
      };
      for (const entry of meta.identity.metaData) if (entry.label === 'consentOfApplicant') entry.value = 'No';
      files.set(path, new TextEncoder().encode(JSON.stringify(meta)));
    });
    const ran = await desk.run(['import', source, '--consent', '--accept-doubts', '--json']);
    expect(ran.code).toBe(EXIT.refused);
    expect(ran.lines()).toMatchObject([{ saved: null, failure: { error: 'ENR-VAL-001' } }]);
  });

  it('refuses doubts unless they are accepted, and tells of each either way', async () => {
    const desk = await openTestDesk();
    const source = await desk.mosip(doubtful);
    const refused = await desk.run(['import', source, '--json']);
    expect(refused.code).toBe(EXIT.refused);
    expect(refused.lines()).toMatchObject([
      { failure: { error: 'MOSIP_DATA_HASH_MISMATCH', findings: [{ weight: 'refuse', next: expect.any(String) }] } },
    ]);
    const taken = await desk.run(['import', source, '--accept-doubts', '--json']);
    expect(taken).toMatchObject({ code: EXIT.done });
    expect(taken.lines()).toMatchObject([
      { saved: { findings: [{ code: 'MOSIP_DATA_HASH_MISMATCH', weight: 'warn' }] } },
    ]);
  });

  it('of a capture folder by mistake is told which command takes it', async () => {
    const desk = await openTestDesk();
    const ran = await desk.run(['import', await desk.capture(), '--json']);
    expect(ran.code).toBe(EXIT.refused);
    expect(ran.lines()).toMatchObject([
      { failure: { error: 'FOLDER_EMPTY', next: expect.stringContaining('enroute station enrol') } },
    ]);
  });

  it('goes on with the others when one is refused', async () => {
    const desk = await openTestDesk();
    const sources = [await desk.mosip(doubtful), join(desk.folder, 'nowhere'), await desk.mosip()];
    const ran = await desk.run(['import', ...sources]);
    expect(ran).toMatchObject({ code: EXIT.refused, err: '2 packets of 3 not imported.\n' });
    expect(await states(desk)).toEqual(['SEALED']);
    expect(ran.out + ran.err).not.toMatch(NAMES);
  });
});

describe('a supervisor who is an operator too', () => {
  it('can enrol', async () => {
    const desk = await openTestDesk();
    const folder = await desk.capture({ identity: infant().identity });
    expect(await desk.run(['enrol', folder], SALIM)).toMatchObject({ code: EXIT.done });
  });
});

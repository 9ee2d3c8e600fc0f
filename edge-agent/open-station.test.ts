import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { infant, type LogLine } from './agent/agent.fixture.ts';
import { announceSealed } from './agent/announcer.ts';
import { createPerson } from './keys/people.ts';
import { createIdentity } from './keys/station-identity.ts';
import { trustCore } from './keys/trusted-core.ts';
import { type OpenedStation, openStation } from './open-station.ts';
import { temporaryFolder } from './queue/station-database.fixture.ts';
import { noteLoss } from './repair/mend-store.ts';
import { listStoreFiles } from './store/store-file.ts';

const STATION = '1000110077';
const PASSPHRASE = 'passphrase of the station';
const PASSWORD = 'password of amina';

interface Office {
  readonly folder: string;
  readonly logs: readonly LogLine[];
  open(): Promise<OpenedStation>;
  /** Enrols so many, closes, and says which. */
  enrol(count: number): Promise<string[]>;
  fileOf(collection: string): Promise<string>;
}

/** Where a station begins to count is chance; it goes on from there. */
function isNext(rid: string, before: readonly string[]): boolean {
  return parseRid(rid).sequence === parseRid(before.at(-1) ?? '').sequence + 1;
}

async function office(): Promise<Office> {
  const folder = await temporaryFolder();
  const logs: LogLine[] = [];
  await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
  await createPerson(folder, 'amina', ['operator'], PASSWORD, QUICK_COST);
  const [signingKey, sealingKey] = [publicKeyOf(newSigningKeyPair()), publicKeyOf(newSealingKeyPair())];
  await trustCore(folder, { v: 1, epoch: 'first', signingKey, sealingKey });
  const log = pino({ base: null }, { write: (text: string) => logs.push(JSON.parse(text)) });
  const open = async (): Promise<OpenedStation> => {
    const station = await openStation({ folder, passphrase: PASSPHRASE, now: () => new Date(), log });
    onTestFinished(() => station.close());
    return station;
  };
  return {
    folder,
    logs,
    open,
    enrol: async (count) => {
      const station = await open();
      const operator = await station.signIn('amina', PASSWORD);
      const rids = [];
      for (let done = 0; done < count; done += 1) rids.push((await station.enrol(fromDesk(operator))).rid);
      await station.close();
      return rids;
    },
    fileOf: async (collection) => {
      const files = await listStoreFiles(join(folder, 'store'), `station-${STATION}`);
      return files.find((one) => one.collection === collection)?.file ?? '';
    },
  };
}

const fromDesk = (operator: Awaited<ReturnType<OpenedStation['signIn']>>) =>
  ({ enrolment: infant({ capturedAt: recently() }), process: 'NEW', operator, priority: 'normal' }) as const;
const recently = (): string => infant().biometrics[0]?.capturedAt ?? '';

async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0xff, 20, 2000);
  await writeFile(file, bytes);
}

async function asideIn(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'store'));
  const aside = names.filter((name) => name.startsWith('damaged-'));
  return (await Promise.all(aside.map((name) => readdir(join(folder, 'store', name))))).flat();
}

describe('a station that is opened', () => {
  it('is as it was left', async () => {
    const at = await office();
    const rids = await at.enrol(2);
    const station = await at.open();
    expect((await station.queue(10)).map(({ rid }) => rid).sort()).toEqual(rids);
    expect(await station.standing()).toMatchObject({ waiting: { packets: 2 }, drafts: 0, setAside: 0 });
    expect(at.logs.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it.each(['after a clean close', 'after a crash'])(
    'with a damaged queue, %s, has every packet again',
    async (when) => {
      const at = await office();
      const rids = await at.enrol(3);
      if (when === 'after a crash') await rm(join(at.folder, 'store', 'closed-cleanly'));
      await spoil(await at.fileOf('queue'));
      const station = await at.open();
      expect((await station.queue(10)).map(({ rid, state }) => [rid, state]).sort()).toEqual(
        rids.map((rid) => [rid, 'SEALED']),
      );
      expect(at.logs).toContainEqual(expect.objectContaining({ code: 'ENR-STN-010', lost: ['queue'] }));
      expect(await asideIn(at.folder)).not.toEqual([]);
      const operator = await station.signIn('amina', PASSWORD);
      const { rid } = await station.enrol(fromDesk(operator));
      expect(isNext(rid, rids)).toBe(true);
    },
  );

  it('with a damaged counter gives out no sequence number again', async () => {
    const at = await office();
    const rids = await at.enrol(3);
    await spoil(await at.fileOf('counters'));
    const [rid = ''] = await at.enrol(1);
    expect(isNext(rid, rids)).toBe(true);
  });

  it('with a damaged channel offers again what the core may not have heard', async () => {
    const at = await office();
    const rids = await at.enrol(2);
    const before = await at.open();
    await announceSealed(before.packets, before.database.outgoing);
    await before.close();
    await spoil(await at.fileOf('outgoing'));
    const station = await at.open();
    const offered = await station.database.outgoing.findByIds(rids.map(manifestId)).exec();
    expect(offered.size).toBe(2);
    expect(await station.standing()).toMatchObject({ waiting: { packets: 2 } });
  });

  it('goes on with the repair that a crash has cut off, and never takes an empty queue for the truth', async () => {
    const at = await office();
    const rids = await at.enrol(2);
    await noteLoss(join(at.folder, 'store'), ['queue']);
    await rm(await at.fileOf('queue'));
    const station = await at.open();
    expect((await station.queue(10)).map(({ rid }) => rid).sort()).toEqual(rids);
    expect(existsSync(join(at.folder, 'store', 'lost.json'))).toBe(false);
    expect(await station.files.rids()).toEqual(rids);
  });

  it('has every packet again when its whole database was deleted, and gives out no sequence number again', async () => {
    const at = await office();
    const rids = await at.enrol(2);
    await rm(join(at.folder, 'store'), { recursive: true });
    const [next = ''] = await at.enrol(1);
    expect(isNext(next, rids)).toBe(true);
    const station = await at.open();
    expect((await station.queue(10)).map(({ rid }) => rid).sort()).toEqual([...rids, next]);
  });

  it('has every packet again when the queue alone was deleted, with all that lay beside it', async () => {
    const at = await office();
    const rids = await at.enrol(2);
    const store = join(at.folder, 'store');
    for (const name of await readdir(store)) if (name.includes('-queue-')) await rm(join(store, name));
    const station = await at.open();
    expect((await station.queue(10)).map(({ rid }) => rid).sort()).toEqual(rids);
  });

  it('offers a packet anew that the core expected before the queue was lost: else nobody would ask for it again', async () => {
    const at = await office();
    const [rid = ''] = await at.enrol(1);
    const before = await at.open();
    await announceSealed(before.packets, before.database.outgoing);
    await before.packets.move(rid, 'EXPECTED');
    await before.close();
    await spoil(await at.fileOf('queue'));
    const station = await at.open();
    await announceSealed(station.packets, station.database.outgoing);
    expect((await station.database.outgoing.findOne(manifestId(rid)).exec())?.toJSON()).toMatchObject({ offers: 2 });
  });

  it('is open once, also in one process', async () => {
    const at = await office();
    const first = await at.open();
    await expect(at.open()).rejects.toMatchObject({ code: 'ENR-STN-011' });
    await first.close();
    await (await at.open()).close();
  });

  it('is opened by one process at a time; another is told so', async () => {
    const at = await office();
    await at.enrol(1);
    const other = new DatabaseSync(await at.fileOf('queue'));
    onTestFinished(() => {
      if (other.isOpen) other.close();
    });
    other.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
    await expect(at.open()).rejects.toMatchObject({ code: 'ENR-STN-011' });
    other.exec('ROLLBACK');
    other.close();
    expect(await (await at.open()).queue(10)).toHaveLength(1);
  });

  it('releases nothing while it is in doubt which core this is, and says why', async () => {
    const { open } = await office();
    const station = await open();
    const codes = async (): Promise<string[]> => (await station.standing()).limits.findings.map(({ code }) => code);
    const release = async (): Promise<void> => {
      for await (const _ of station.release());
    };
    await station.doubt.note(false);
    await expect(release()).rejects.toMatchObject({ code: 'ENR-LNK-008' });
    expect(await codes()).toContain('ENR-LNK-008');
    await station.doubt.note(true);
    await release();
    expect(await codes()).not.toContain('ENR-LNK-008');
  });
});

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infant } from './enrolments.ts';
import { freshFolder, keptFolder } from './folder.fixture.ts';
import { listPackets } from './judge.ts';
import { clockAfter, clockIn } from './rounds.ts';
import {
  type Log,
  makeStation,
  openUnderTest,
  type SavedPacket,
  SILENT,
  type StationUnderTest,
} from './station-under-test.ts';

const PAGE_BYTES = 4096;
const PACKETS = 12;

type Damage = (path: string) => void;

/** Changes what lies there, from one place of the file to another, given as parts of its length. */
const scribble =
  (from: number, bytes: number): Damage =>
  (path) => {
    const file = readFileSync(path);
    const begin = Math.floor(from * (file.byteLength / PAGE_BYTES)) * PAGE_BYTES;
    for (let at = begin; at < Math.min(begin + bytes, file.byteLength); at += 1)
      file.writeUInt8(file.readUInt8(at) ^ 0xa5, at);
    writeFileSync(path, file);
  };

const DAMAGES: readonly (readonly [string, Damage])[] = [
  ["SQLite's header overwritten", scribble(0, 100)],
  ['its first page overwritten', scribble(0, PAGE_BYTES)],
  ['a page in the middle overwritten', scribble(0.5, PAGE_BYTES)],
  [
    'every page but the first overwritten',
    (path) => {
      const file = readFileSync(path);
      writeFileSync(path, file.fill(0xa5, PAGE_BYTES));
    },
  ],
  [
    'its second half cut off',
    (path) => {
      const file = readFileSync(path);
      writeFileSync(path, file.subarray(0, file.byteLength / 2));
    },
  ],
  ['nothing in it', (path) => writeFileSync(path, '')],
  ['no file at all', (path) => rmSync(path)],
];

/** Of a log that a crash has left, which holds everything that was saved since the opening. */
const LOG_DAMAGES: readonly (readonly [string, Damage])[] = [
  ["the log's header overwritten", scribble(0, 32)],
  ['the middle of the log overwritten', scribble(0.5, PAGE_BYTES)],
  [
    'the second half of the log cut off',
    (path) => {
      const file = readFileSync(path);
      writeFileSync(path, file.subarray(0, file.byteLength / 2));
    },
  ],
  ['nothing in the log', (path) => writeFileSync(path, '')],
  ['no log at all', (path) => rmSync(path)],
];

describe('a station whose database was damaged', () => {
  let core: KeyPair;
  let closed = '';
  let crashed = '';
  const saved: SavedPacket[] = [];

  beforeAll(async () => {
    [closed, crashed] = [keptFolder(), keptFolder()];
    core = await makeStation(closed);
    const under = await openUnderTest(closed, clockIn(0));
    for (let index = 0; index < PACKETS; index += 1) saved.push(await under.enrol(infant(index, 100)));
    // What a killed process leaves: all that it has written, and nothing tidied up.
    cpSync(closed, crashed, { recursive: true });
    await under.close();
  });
  afterAll(() => {
    for (const folder of [closed, crashed]) rmSync(folder, { recursive: true, force: true });
  });

  describe.each(['queue', 'counters'])('in the file of its %s', (collection) => {
    it.each(DAMAGES)('has it made anew from the packets: %s', async (_what, damage) => {
      await expectMended(closed, collection, '.sqlite', damage);
    });
  });

  describe.each(['queue', 'counters'])('by a crash and by what came to the log of its %s', (collection) => {
    it.each(LOG_DAMAGES)('has it made anew from the packets: %s', async (_what, damage) => {
      await expectMended(crashed, collection, '.sqlite-wal', damage);
    });
  });

  it('is told apart from one that only crashed: nothing is set aside then', async () => {
    const folder = freshFolder();
    cpSync(crashed, folder, { recursive: true });
    await whileOpen(folder, SILENT, async ({ station }) => {
      expect(await listPackets(station, core)).toEqual({ whole: rids(saved), half: [] });
    });
    expect(setAside(folder)).toEqual([]);
  });

  async function expectMended(from: string, collection: string, suffix: string, damage: Damage): Promise<void> {
    const folder = freshFolder();
    cpSync(from, folder, { recursive: true });
    const file = storeFileOf(folder, collection, suffix);
    damage(file);

    const told: unknown[] = [];
    const log = openLog({ write: (line: string) => void told.push(...codesIn(line)) }, 'error');
    const use = async ({ station, enrol }: StationUnderTest): Promise<SavedPacket> => {
      expect(await listPackets(station, core)).toEqual({ whole: rids(saved), half: [] });
      return enrol(infant(PACKETS, 100));
    };
    // What was closed cleanly is not looked through at the opening: damage may be met later, and is mended by the next.
    const next = await whileOpen(folder, log, use).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ENR-STN-010' });
      return whileOpen(folder, log, use);
    });
    expect(rids(saved)).not.toContain(next.rid);
    expect(sequenceOf(next.rid)).toBeGreaterThan(PACKETS);
    expect(told).toContain('ENR-STN-010');
    const toldOnce = told.length;

    await whileOpen(folder, log, async ({ station }) => {
      expect(await listPackets(station, core)).toEqual({ whole: rids([...saved, next]), half: [] });
    });
    expect(told).toHaveLength(toldOnce);
  }
});

/** The code of a line of the log, if it has one. */
function codesIn(line: string): unknown[] {
  const { code } = JSON.parse(line) as { code?: unknown };
  return code === undefined ? [] : [code];
}

async function whileOpen<T>(folder: string, log: Log, use: (under: StationUnderTest) => Promise<T>): Promise<T> {
  const under = await openUnderTest(folder, clockAfter(0), log);
  try {
    return await use(under);
  } finally {
    await under.close();
  }
}

const rids = (saved: readonly SavedPacket[]): string[] => saved.map(({ rid }) => rid).sort();
const sequenceOf = (rid: string): number => Number(rid.slice(10, 15));

function storeFileOf(folder: string, collection: string, suffix: string): string {
  const names = readdirSync(join(folder, 'store')).filter((name) => name.endsWith(suffix));
  const name = names.find((one) => one.includes(`-${collection}-v`));
  if (name === undefined) throw new Error(`The store has no ${suffix} of ${collection}: ${names.join(', ')}`);
  return join(folder, 'store', name);
}

function setAside(folder: string): string[] {
  return readdirSync(join(folder, 'store')).filter((name) => name.startsWith('damaged-'));
}

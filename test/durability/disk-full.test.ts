import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { expect, test, vi } from 'vitest';
import { infant } from './enrolments.ts';
import { listPackets } from './judge.ts';
import { clockIn } from './rounds.ts';
import { mountSmallDisk } from './small-disk.fixture.ts';
import { makeStation, openUnderTest, type SavedPacket } from './station-under-test.ts';

const DISK_MEBIBYTES = 16;
/** An enrolment of the smallest kind takes some thirty. */
const MOST_PAGES = 200;
/** So often it must be saved in a row until "enough" is believed. */
const ENOUGH = 2;
const FULL = ['ENR-STN-001', 'ENR-LIM-001'];
const now = clockIn(0);

const namesIn = (folder: string): string[] => readdirSync(folder).sort();

test('however little room is left, an enrolment is saved whole or refused and leaves nothing behind', async (context) => {
  const disk = mountSmallDisk(DISK_MEBIBYTES);
  if (!disk) return context.skip('mounting a small disk needs root');
  // The adapter writes each SQLite error to the console.
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const folder = join(disk.folder, 'station');
  const core = await makeStation(folder);
  const saved: SavedPacket[] = [];
  const refusals: number[] = [];
  let fits = 0;
  for (let pages = 0; fits < ENOUGH; pages += 1) {
    expect(pages).toBeLessThan(MOST_PAGES);
    // Opened anew each time: a log that has grown before would have room for what does not fit the disk.
    const under = await openUnderTest(folder, now);
    const before = namesIn(under.station.files.folder);
    disk.leave(pages);
    const outcome = await under.enrol(infant(pages, 100)).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(EnrouteError);
      expect(FULL).toContain((outcome as EnrouteError).code);
      expect({ pages, names: namesIn(under.station.files.folder) }).toEqual({ pages, names: before });
      refusals.push(pages);
      fits = 0;
    } else {
      saved.push(outcome as SavedPacket);
      fits += 1;
    }
    expect({ pages, ...(await listPackets(under.station, core)) }).toEqual({ pages, whole: ridsOf(saved), half: [] });

    disk.clear();
    saved.push(await under.enrol(infant(pages, 200)));
    await under.close();
    const again = await openUnderTest(folder, now);
    expect({ pages, ...(await listPackets(again.station, core)) }).toEqual({ pages, whole: ridsOf(saved), half: [] });
    await again.close();
  }
  expect(refusals.length).toBeGreaterThan(1);
  quiet.mockRestore();
});

function ridsOf(saved: readonly SavedPacket[]): string[] {
  return saved.map(({ rid }) => rid).sort();
}

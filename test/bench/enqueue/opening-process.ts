/** Opens a station and looks at what that took. Argument: the folder. Prints JSON. Needs --expose-gc. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openUnderTest } from '../../durability/station-under-test.ts';

const NOW = new Date('2026-03-02T10:00:00.000Z');
const [folder = ''] = process.argv.slice(2);

async function bytesInUse(): Promise<{ rssBytes: number; heapBytes: number }> {
  if (!globalThis.gc) throw new Error('Start it with --expose-gc.');
  // What the first round lets go of, the second one gives back.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(50);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed };
}

const begun = performance.now();
const { station, close } = await openUnderTest(folder, NOW);
const openMs = performance.now() - begun;
const { packets } = await station.packets.waiting();
const memory = await bytesInUse();
await close();
process.stdout.write(JSON.stringify({ packets, openMs, ...memory }));

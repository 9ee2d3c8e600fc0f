/**
 * For a test: signs in with wrong passwords, so many that are looked at quickly, and one that takes very long, until it
 * is killed. Prints "counted" when that last try was counted, or how it was refused.
 */
import { mkdir } from 'node:fs/promises';
import { openStore } from '../store/open-store.ts';
import { openPeople } from './people.ts';

const [folder = '', quickTries = '0'] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const store = await openStore({
  folder,
  onFatal: (error) => {
    throw error;
  },
});
const databases = { people: await store.database('people'), sessions: await store.database('sessions') };
const tryWith = (memoryKiB: number, passes: number): Promise<string> =>
  openPeople({
    ...databases,
    keys: { storage: new Uint8Array(32) },
    now: () => new Date(),
    secureCookies: false,
    derivation: { memoryKiB, passes },
  })
    .signIn({ id: 'amina', password: 'not it at all' })
    .then(
      () => 'let in',
      (error: { code?: string }) => error.code ?? String(error),
    );
const revision = async (): Promise<string | undefined> =>
  (await databases.people.range({ start: 'tries:', end: 'tries;', limit: 1 }))[0]?._rev;

for (let n = 0; n < Number(quickTries); n += 1) await tryWith(64, 1);
const before = await revision();
// The derivation runs on another thread, so this one sees that the try is counted.
const looking = setInterval(async () => {
  if ((await revision()) !== before) process.stdout.write('counted\n');
}, 20);
const outcome = await tryWith(16 * 1_024, 10_000);
clearInterval(looking);
process.stdout.write(`${outcome}\n`);
await store.close();

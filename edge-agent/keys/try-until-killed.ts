/** Signs a person in with a wrong password, and tells as soon as the try is counted: for a test that kills it then. */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { signIn } from './people.ts';

const [folder = '', id = ''] = process.argv.slice(2);
// The file appears under its name when all of it is on the disk.
watch(join(folder, 'people'), (_event, name) => {
  if (name === `${id}.attempts.json`) process.kill(process.pid, 'SIGKILL');
});
await signIn(folder, id, 'a wrong password', () => new Date());

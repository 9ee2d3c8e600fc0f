/**
 * The victim of the kill -9 test in `pouch.test.ts`: writes documents for ever and prints the id of each one that was
 * acknowledged, until it is killed. Arguments: the file, and a prefix for the ids.
 */
import { openPouch } from './pouch.ts';

const [file = '', prefix = ''] = process.argv.slice(2);
const { db } = await openPouch(file, {
  onFatal: (error) => {
    throw error;
  },
});
for (let n = 0; ; n += 1) {
  const { id } = await db.put({ _id: `${prefix}${n}`, text: 'x'.repeat(300) });
  process.stdout.write(`${id}\n`);
}

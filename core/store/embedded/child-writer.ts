/** For `open-embedded-store.test.ts`: writes for ever and prints what was acknowledged, until it is killed. */
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from './open-embedded-store.ts';

const [folder = ''] = process.argv.slice(2);
const onFatal = (error: Error): void => {
  throw error;
};
const store = await openEmbeddedStore({ folder, onFatal });
const db = await store.database('notes');

async function write(writer: number): Promise<never> {
  for (let round = 0; ; round += 1) {
    const docs = Array.from({ length: 3 }, (_, i) => ({ _id: `${writer}-${round}-${i}`, text: 'x'.repeat(200) }));
    const results = await db.write(docs);
    // Straight to the pipe: what was printed must have been acknowledged, and nothing may wait in a buffer.
    for (const result of results) writeSync(1, `${result.id} ${result.ok ? result.rev : 'lost'}\n`);
  }
}

await Promise.all([write(0), write(1), write(2)]);

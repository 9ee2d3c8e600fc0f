/** The end of every export: tells of each file when it is durable, and what all of them came to. */
import type { WriteStep } from './steps.ts';
import type { BundleWriter } from './write-bundle.ts';

/**
 * @param noRoom how many entries were left out, because the bundle would have become too large
 * @throws EnrouteError ENR-CRR-007 or -008
 */
export async function* finishBundle(writer: BundleWriter, noRoom: number): AsyncGenerator<WriteStep> {
  const written = { files: 0, entries: 0, bytes: 0, noRoom };
  for await (const file of writer.finish()) {
    written.files += 1;
    written.entries += file.entries;
    written.bytes += file.bytes;
    yield { step: 'file', ...file };
  }
  yield { step: 'written', ...written };
}

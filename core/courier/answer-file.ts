/** What the core says to one order, line by line, for whoever reads along. It grows to a bound and no further. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Answer } from './orders.ts';

/** Behind it only each file's beginning and end are told. A bundle of 1 GiB with all that it holds takes a tenth. */
const MAX_DETAIL_BYTES = 64 * 1024 * 1024;
/** So often whoever waits is told that the core is at work. */
const WORKING_EVERY_MS = 5_000;

export class AnswerFile {
  readonly #file: FileHandle;
  readonly #maxDetailBytes: number;
  readonly #alive: NodeJS.Timeout;
  #bytes = 0;
  /** A line that was begun and may have no end. */
  #isTorn = false;

  private constructor(file: FileHandle, maxDetailBytes: number) {
    this.#file = file;
    this.#maxDetailBytes = maxDetailBytes;
    this.#alive = setInterval(() => void this.say({ answer: 'working' }).catch(() => undefined), WORKING_EVERY_MS);
  }

  /** Goes on behind what was said before the core was stopped: somebody may have read that and still be there. */
  static async open(path: string, maxDetailBytes = MAX_DETAIL_BYTES): Promise<AnswerFile> {
    const file = await open(path, 'a', 0o600);
    try {
      // A crash may have left half a line.
      await file.appendFile('\n');
      return new AnswerFile(file, maxDetailBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async say(answer: Answer): Promise<void> {
    if (this.#bytes > this.#maxDetailBytes && isDetail(answer)) return;
    const line = `${this.#isTorn ? '\n' : ''}${JSON.stringify(answer)}\n`;
    this.#bytes += Buffer.byteLength(line);
    this.#isTorn = true;
    await this.#file.appendFile(line);
    this.#isTorn = false;
  }

  async close(): Promise<void> {
    clearInterval(this.#alive);
    await this.#file.close().catch(() => undefined);
  }
}

function isDetail(answer: Answer): boolean {
  return answer.answer === 'step' && (answer.step.step === 'entry' || answer.step.step === 'hole');
}

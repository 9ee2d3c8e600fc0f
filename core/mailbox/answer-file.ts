/** What the core says to one order, line by line, for whoever reads along. It grows to a bound and no further. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Answer } from './answers.ts';

/** Behind it details are left out. A bundle of 1 GiB with all that it holds takes a tenth. */
const MAX_DETAIL_BYTES = 64 * 1024 * 1024;
/** So often whoever waits is told that the core is at work. */
const WORKING_EVERY_MS = 5_000;

export class AnswerFile<Step> {
  readonly #file: FileHandle;
  readonly #isDetail: (step: Step) => boolean;
  readonly #maxDetailBytes: number;
  readonly #alive: NodeJS.Timeout;
  #bytes = 0;
  /** A line that was begun and may have no end. */
  #isTorn = false;

  private constructor(file: FileHandle, isDetail: (step: Step) => boolean, maxDetailBytes: number) {
    this.#file = file;
    this.#isDetail = isDetail;
    this.#maxDetailBytes = maxDetailBytes;
    this.#alive = setInterval(() => void this.say({ answer: 'working' }).catch(() => undefined), WORKING_EVERY_MS);
  }

  /** Goes on behind what was said before the core was stopped: somebody may have read that and still be there. */
  static async open<Step>(
    path: string,
    isDetail: (step: Step) => boolean,
    maxDetailBytes = MAX_DETAIL_BYTES,
  ): Promise<AnswerFile<Step>> {
    const file = await open(path, 'a', 0o600);
    try {
      // A crash may have left half a line.
      await file.appendFile('\n');
      return new AnswerFile(file, isDetail, maxDetailBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async say(answer: Answer<Step>): Promise<void> {
    if (this.#bytes > this.#maxDetailBytes && answer.answer === 'step' && this.#isDetail(answer.step)) return;
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

/**
 * Which channels there are. To open one makes it, and a station that the core has never written to needs none: so
 * whoever only reads asks here first.
 */
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { Store } from '../../store/store.ts';

export class KnownChannels {
  readonly #list: Store['list'];
  readonly #names = new Set<string>();
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(store: Pick<Store, 'list'>) {
    this.#list = (prefix) => store.list(prefix);
  }

  /** A channel of that name was written to. */
  note(name: string): void {
    this.#names.add(name);
  }

  /** As the store has it now: whether anything was ever written there. */
  async isThere(station: string): Promise<boolean> {
    const name = channelName(station);
    if (!this.#names.has(name)) await this.#look();
    return this.#names.has(name);
  }

  /** A look that begins after it was asked for; all who ask while one is under way share the one behind it. */
  #look(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#read();
      return this.#running;
    }
    this.#following ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined;
        this.#running = this.#read();
        return this.#running;
      });
    return this.#following;
  }

  async #read(): Promise<void> {
    try {
      for (const name of await this.#list(channelName(''))) this.#names.add(name);
    } finally {
      this.#running = undefined;
    }
  }
}

/** Which requests had word of the core, and when: what tells a link that is down from a request that failed alone. */

/** Word that is no older than this says that the link is up. */
const LATELY_MS = 5_000;
/** More are never under way together. */
const KEPT = 8;

export class Evidence<Call extends object> {
  readonly #monotonicMs: () => number;
  /** Of the requests that had word last, each once. */
  #heard: readonly { readonly call: Call; readonly atMs: number }[] = [];

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  heard(call: Call): void {
    const before = this.#heard.filter((one) => one.call !== call);
    this.#heard = [{ call, atMs: this.#monotonicMs() }, ...before].slice(0, KEPT);
  }

  /** @param which all, unless told otherwise. */
  isFresh(which: (call: Call) => boolean = () => true): boolean {
    const latest = this.#monotonicMs() - LATELY_MS;
    return this.#heard.some(({ call, atMs }) => atMs >= latest && which(call));
  }
}

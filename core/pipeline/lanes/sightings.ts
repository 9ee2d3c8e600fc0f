/**
 * Since when documents have looked as they do, by this process's clock. No two clocks are ever compared: a document that
 * was seen unchanged for the length of a lease was not written for at least that long, whatever time its writer has.
 */
export class Sightings {
  readonly #seen = new Map<string, { readonly rev: string; readonly sinceMs: number; readonly changed: boolean }>();

  /** All there are: what is no longer among them is forgotten. @param nowMs when the answer was there, not when it was asked */
  see(docs: readonly { readonly _id: string; readonly _rev: string }[], nowMs: number): void {
    const ids = new Set(docs.map(({ _id }) => _id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    for (const { _id, _rev } of docs) {
      const before = this.#seen.get(_id);
      if (before?.rev !== _rev) this.#seen.set(_id, { rev: _rev, sinceMs: nowMs, changed: before !== undefined });
    }
  }

  /** 0 for what was never seen. */
  unchangedMs(id: string, nowMs: number): number {
    const seen = this.#seen.get(id);
    return seen ? nowMs - seen.sinceMs : 0;
  }

  /** Whether its writer has shown itself since we look. */
  hasChanged(id: string): boolean {
    return this.#seen.get(id)?.changed ?? false;
  }
}

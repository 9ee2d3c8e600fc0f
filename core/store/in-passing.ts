/** For a note that may be missed: what it is beside goes on while the store does not take it just now. */
import { StoreError } from './store.ts';

/** @throws whatever is not the store's trouble of the moment. */
export async function inPassing(noting: Promise<unknown>): Promise<void> {
  try {
    await noting;
  } catch (error) {
    if (!(error instanceof StoreError) || !error.transient) throw error;
  }
}

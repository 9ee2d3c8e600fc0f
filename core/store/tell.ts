import type { OnTrouble, Written } from './store.ts';

/** A listener's own error is no reason to keep the news from others, nor to call a write failed that is durable. */
export function tell(name: string, written: Written, onTrouble: OnTrouble | undefined): void {
  try {
    written(name);
  } catch (error) {
    onTrouble?.(error);
  }
}

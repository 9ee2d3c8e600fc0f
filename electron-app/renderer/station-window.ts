/** `window.station`, as the preload script puts it there. */
import type { StationApi } from '../shared-api.ts';

declare global {
  interface Window {
    readonly station: StationApi;
  }
}

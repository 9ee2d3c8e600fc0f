/**
 * What the channel and the uploads know of the link: when they may use it, and whom they tell how it went. One place
 * decides for both, so that a link that is down is asked after once, and not by everybody.
 */

/** `control`: the channel's small documents; `data`: packets. Control goes first and is never held back by a budget. */
export type Plane = 'control' | 'data';

export interface Passage {
  /** Whether the link is up is not known: this request finds out, alone. It has to be one that is answered at once. */
  readonly isProbe: boolean;
  /** Aborted when the caller gives up, and when the link is found to be down, or is stopped or held back, meanwhile. */
  readonly signal: AbortSignal;
}

export interface Link {
  /**
   * Waits until a request on this plane may go, does it, and learns from how it ended. What fails is told to the caller
   * only when it may try again: callers need no back-off of their own, and may simply call again.
   * @throws what `work` throws; the signal's reason when it is aborted while waiting.
   */
  use<T>(plane: Plane, signal: AbortSignal, work: (passage: Passage) => Promise<T>): Promise<T>;
  /** So many bytes more are durable in the core, as it said just now; 0: it answered an upload, and that is all. */
  acknowledged(bytes: number): void;
}

/** Where a rate cap and a budget are kept: whoever sends asks for every slice. */
export interface Pace {
  /** What may go in a second, as it is now; undefined: as much as goes. Who asks for more at once waits for long. */
  readonly capBytesPerSecond?: number | undefined;
  /** Resolves when so many bytes may be sent. @throws the signal's reason, LinkError when none may be sent now. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/**
 * A gateway that is being stopped. From the first moment it says that it is not ready, lets every connection end with the
 * answer that is under way, answers the polls, and asks uploads to make durable what they have; what is still running at
 * the deadline is broken off, and nothing that was acknowledged is lost by it.
 */
export interface Draining {
  readonly hasBegun: boolean;
  /** Aborted when it begins. */
  readonly signal: AbortSignal;
  begin(): void;
}

export function newDraining(): Draining {
  const controller = new AbortController();
  return {
    get hasBegun() {
      return controller.signal.aborted;
    },
    signal: controller.signal,
    begin: () => controller.abort(),
  };
}

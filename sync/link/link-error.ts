/**
 * The link failed, or something that is not the core answered (a captive portal, a proxy). Always worth another try:
 * what the core itself refuses is an `EnrouteError` with the core's code.
 */
export class LinkError extends Error {
  /** What something that is not the core answered with; undefined when nothing was answered. */
  readonly status: number | undefined;

  constructor(message: string, cause?: unknown, status?: number) {
    super(message, { cause });
    this.name = 'LinkError';
    this.status = status;
  }
}

/** Nothing moved, or too little in the time that there was. The link may be dead; it may also be too slow for so much. */
export class LinkTooSlow extends LinkError {}

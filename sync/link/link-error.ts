/**
 * The link failed, or something that is not the core answered (a captive portal, a proxy). Always worth another try:
 * what the core itself refuses is an `EnrouteError` with the core's code.
 */
export class LinkError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LinkError';
  }
}

/** The headers that keep a browser from doing what nobody asked for. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        // The gateway may speak plain HTTP, with TLS at a proxy before it. Opened without one, on a local network, the
        // page would ask for its scripts by HTTPS, get none and stay blank.
        upgradeInsecureRequests: null,
      },
    },
  });
}

/**
 * Whether a request that changes something comes from the core's own page. A browser sends the cookie along wherever the
 * request was made, so the cookie alone does not say that the person meant it.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Request } from 'express';

const CHANGES_NOTHING = new Set(['GET', 'HEAD']);

/** @throws EnrouteError ENR-WEB-010 when a page of another site asks, or nothing says which. */
export function requireOwnPage(request: Request): void {
  if (CHANGES_NOTHING.has(request.method)) return;
  // Told by every browser of these years; no page can set it.
  const site = request.get('sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return;
  if (site !== undefined || !isOwnOrigin(request)) throw new EnrouteError('ENR-WEB-010');
}

function isOwnOrigin(request: Request): boolean {
  const origin = request.get('origin');
  if (origin === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === request.host;
}

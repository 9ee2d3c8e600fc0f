/**
 * Serves the page's files to the window under the app's own scheme. A page from `file:` could reach every other file of
 * this computer and has no origin to check a message against; `enroute://station` has one, and nothing else lives there.
 */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { CustomScheme } from 'electron';

export const APP_SCHEME = 'enroute';
const APP_HOST = 'station';
export const APP_URL = `${APP_SCHEME}://${APP_HOST}/index.html`;

export const APP_SCHEMES: CustomScheme[] = [
  { scheme: APP_SCHEME, privileges: { standard: true, secure: true, codeCache: true } },
];

/** The page loads its own script, style and pictures, and talks to nobody: not even to its own origin. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

const HEADERS = {
  // A page's own <meta> can't say who may frame it.
  'Content-Security-Policy': [...CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export function isAppUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === `${APP_SCHEME}:` && url.host === APP_HOST;
}

/** @param folder of the built page; nothing outside it is ever read. */
export function serveAppFiles(folder: string): (request: Request) => Promise<Response> {
  return async ({ url, method }) => {
    const path = method === 'GET' && isAppUrl(url) ? pathWithin(folder, new URL(url).pathname) : undefined;
    const type = path && TYPES[extname(path)];
    if (!path || !type) return new Response(null, { status: 404, headers: HEADERS });
    try {
      return new Response(new Uint8Array(await readFile(path)), { headers: { ...HEADERS, 'Content-Type': type } });
    } catch {
      return new Response(null, { status: 404, headers: HEADERS });
    }
  };
}

function pathWithin(folder: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const path = normalize(join(folder, decoded));
  return path.startsWith(normalize(folder) + sep) && !path.includes('\0') ? path : undefined;
}

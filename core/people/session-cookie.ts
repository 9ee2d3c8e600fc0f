/** The cookie that holds a session's token. */
import { stringifySetCookie } from 'cookie';

export type Cookies = Readonly<Record<string, string | undefined>>;

/**
 * secure: the browser reached us over TLS, be it a proxy's. The name then begins with "__Host-": no other host, no other
 * path and no plain HTTP can plant such a cookie.
 */
function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-enroute' : 'enroute-session';
}

/** The one cookie that counts here; one of the other name was planted. */
export function sessionTokenIn(cookies: Cookies, secure: boolean): string | undefined {
  return cookies[sessionCookieName(secure)];
}

/**
 * Lax, not strict: the page is opened from links in mails, and a browser keeps strict cookies to itself then. Changing
 * requests from other sites are refused by what the browser says of their origin.
 * @param token undefined takes the cookie away
 */
export function sessionCookie(token: string | undefined, secure: boolean): string {
  return stringifySetCookie({
    name: sessionCookieName(secure),
    value: token ?? '',
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure,
    ...(token === undefined && { maxAge: 0 }),
  });
}

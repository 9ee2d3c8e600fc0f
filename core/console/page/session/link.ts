/**
 * The one-time link that lets a person in for the first time: `/console/#link=…`. What it holds is as good as a password: it
 * stands behind `#`, where no server and no log sees it, and leaves the address bar, and with it the history, before
 * anything else is done.
 */
const LINK = /^[\w.~-]{1,512}$/;
const BEGINNING = '#link=';

export interface Address {
  readonly search: string;
  readonly pathname: string;
  readonly hash: string;
}

/** @param replace writes another address over the present one, without an entry in the history */
export function takeLink(address: Address, replace: (url: string) => void): string | undefined {
  if (!address.hash.startsWith(BEGINNING)) return undefined;
  const given = address.hash.slice(BEGINNING.length);
  replace(address.pathname + address.search);
  return LINK.test(given) ? given : undefined;
}

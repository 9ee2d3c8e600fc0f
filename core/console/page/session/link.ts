/**
 * The one-time link that lets a person in for the first time: `/console/?link=…`. What it holds is as good as a password,
 * so it leaves the address bar, and with it the history, before anything else is done.
 */
const LINK = /^[\w.~-]{1,512}$/;

export interface Address {
  readonly search: string;
  readonly pathname: string;
  readonly hash: string;
}

/** @param replace writes another address over the present one, without an entry in the history */
export function takeLink(address: Address, replace: (url: string) => void): string | undefined {
  const given = new URLSearchParams(address.search).get('link');
  if (given === null) return undefined;
  replace(address.pathname + address.hash);
  return LINK.test(given) ? given : undefined;
}

/** For tests: reaches around the port to a CouchDB server, for what the port rightly can't do. */

/** A request with the credentials of the URL. */
export function couchFetch(couchdbUrl: string, path: string, init: RequestInit = {}): Promise<Response> {
  const url = new URL(couchdbUrl);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return fetch(`${url.origin}/${path}`, { ...init, headers });
}

export async function deleteCouchDatabases(couchdbUrl: string, prefix: string): Promise<void> {
  const query = `startkey=${encodeURIComponent(JSON.stringify(prefix))}&endkey=${encodeURIComponent(`"${prefix}~"`)}`;
  const names = (await (await couchFetch(couchdbUrl, `_all_dbs?${query}`)).json()) as string[];
  await Promise.all(names.map((name) => couchFetch(couchdbUrl, encodeURIComponent(name), { method: 'DELETE' })));
}

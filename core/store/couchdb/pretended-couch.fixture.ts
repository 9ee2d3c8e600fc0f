/** For tests: a server that says what CouchDB would, or what it would not. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Also what it looks like in the URL. */
export const SECRET = 'pa%24%24word-very-secret';

export interface PretendedCouch {
  /** With credentials, and behind a path. */
  readonly url: string;
  /** "METHOD /address" of every request so far. */
  readonly asked: string[];
  /** How many nodes it says it has; every database has as many copies. 1 at the beginning. */
  nodes: number;
  /** Databases that it says it does not have; it has every other. */
  readonly missing: Set<string>;
  /** Answers in its place, but for the questions that open a store and a database. */
  answer: RequestListener | undefined;
  close(): Promise<void>;
}

const PATH = '/behind/a/path/';
const DATABASE = /^\/behind\/a\/path\/[a-z][a-z0-9_-]*$/;

export async function pretendCouch(): Promise<PretendedCouch> {
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    couch.asked.push(`${method} ${url}`);
    const listener = usual(couch, method, url.split('?')[0] ?? '') ?? couch.answer ?? json(200, '[]');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const couch: PretendedCouch = {
    url: `http://someone:${SECRET}@127.0.0.1:${port}${PATH}`,
    asked: [],
    nodes: 1,
    missing: new Set(),
    answer: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return couch;
}

export function json(status: number, body: string): RequestListener {
  return (request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.statusCode = status;
    response.end(body);
  };
}

function usual(
  { nodes, missing }: PretendedCouch,
  method: string | undefined,
  path: string,
): RequestListener | undefined {
  if (method !== 'GET') return undefined;
  if (path === `${PATH}_all_dbs`) return json(200, '[]');
  if (path === `${PATH}_membership`) {
    return json(200, JSON.stringify({ cluster_nodes: Array.from({ length: nodes }, String) }));
  }
  if (!DATABASE.test(path)) return undefined;
  if (missing.has(path.slice(PATH.length))) {
    return json(404, '{"error":"not_found","reason":"Database does not exist."}');
  }
  return json(200, JSON.stringify({ doc_count: 0, update_seq: '0', cluster: { q: 2, n: nodes } }));
}

/**
 * Requests that no client of ours would send, as fast-check makes them. Each is wrong by the way in which it is made, so
 * each has to be refused; where HTTP leaves no way to say so, or a proxy's reading may differ, it is said here.
 */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';

export interface Hostile {
  /** Which way of being wrong. */
  readonly way: string;
  readonly pieces: readonly Uint8Array[];
  /** Whether the sender says that nothing more comes. */
  readonly end: boolean;
  /**
   * refused: 4xx and a code. closed: that, or the connection ends, for the request never becomes whole.
   * each-refused: documents up are answered one by one; 201 with each of them forbidden.
   */
  readonly expect: 'refused' | 'closed' | 'each-refused';
  /** There is no body in the answer. */
  readonly bodiless: boolean;
}

/** Who sends: the lines that say so. */
export interface Senders {
  readonly nobody: readonly string[];
  readonly station: readonly string[];
  readonly administrator: readonly string[];
}

export interface Target {
  readonly senders: Senders;
  /** Of the station that sends. */
  readonly channel: string;
  /** An address of an upload of that station's, of which nothing was announced. */
  readonly upload: string;
  /** Addresses of people that take a JSON body: method and path. */
  readonly takingBodies: readonly (readonly [string, string])[];
}

type Made = { line: string; headers?: readonly string[]; body?: Uint8Array; expect?: Hostile['expect']; end?: boolean };

const ZIP_BOMB = gzipSync(Buffer.alloc(24 * 1024 * 1024, ' '));
const DEFLATE_BOMB = deflateSync(Buffer.alloc(24 * 1024 * 1024, ' '));
const BROTLI_BOMB = brotliCompressSync(Buffer.alloc(24 * 1024 * 1024, ' '));

export function hostileRequests(target: Target): fc.Arbitrary<Hostile> {
  const ways: readonly (readonly [string, fc.Arbitrary<Made>])[] = [
    ['method', methods(target)],
    ['path', paths(target)],
    ['express-pouchdb', pouchKillers(target)],
    ['query', queries(target)],
    ['header', headers(target)],
    ['framing', framing(target)],
    ['encoding', encodings(target)],
    ['json', jsonBodies(target)],
    ['documents', documents(target)],
    ['media type', mediaTypes(target)],
    ['chunks', chunks(target)],
    ['upload', uploads(target)],
    ['credentials', credentials(target)],
    ['half', halves(target)],
  ];
  const whos = fc.constantFrom<keyof Senders>('nobody', 'station', 'administrator');
  return fc.oneof(
    ...ways.map(([way, arbitrary]) =>
      fc.tuple(whos, arbitrary, fc.boolean()).map(([who, made, inPieces]) => asBytes(target, way, who, made, inPieces)),
    ),
  );
}

function asBytes(target: Target, way: string, who: keyof Senders, made: Made, inPieces: boolean): Hostile {
  const { line, headers: given = [], body, expect = 'refused', end = false } = made;
  // Documents are judged only when it is known whose they are.
  const sender = target.senders[way === 'documents' ? 'station' : who];
  const named = (name: RegExp): boolean => given.some((header) => name.test(header));
  const head = [
    line,
    ...(named(/^host:/i) || given.includes('no host') ? [] : ['Host: gateway']),
    ...(named(/^authorization:/i) ? [] : sender),
    ...(named(/^connection:/i) ? [] : ['Connection: close']),
    ...(body && !named(/^(?:content-length|transfer-encoding):/i) ? [`Content-Length: ${body.byteLength}`] : []),
    ...given.filter((header) => header !== 'no host'),
  ].join('\r\n');
  const bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body ?? new Uint8Array()]);
  const cut = Math.floor(bytes.byteLength / 2);
  const pieces = inPieces && !end ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
  return { way: `${way} (${who}): ${line.slice(0, 120)}`, pieces, end, expect, bodiless: line.startsWith('HEAD ') };
}

const get = (path: string): Made => ({ line: `GET ${path} HTTP/1.1` });
const json = (line: string, body: Uint8Array | string, more: readonly string[] = []): Made => ({
  line,
  headers: ['Content-Type: application/json', ...more],
  body: typeof body === 'string' ? Buffer.from(body) : body,
});
const up = ({ channel }: Target): string => `POST /${channel}/_bulk_docs HTTP/1.1`;

function methods({ channel, upload }: Target): fc.Arbitrary<Made> {
  const known = fc.constantFrom(
    '/up',
    '/ready',
    `/${channel}/_bulk_docs`,
    '/uploads',
    `/${upload}`,
    '/api/session',
    '/console/',
  );
  const others = fc.constantFrom(
    'PROPFIND',
    'TRACE',
    'COPY',
    'LOCK',
    'MKCOL',
    'PURGE',
    'SEARCH',
    'OPTIONS',
    'QUERY',
    'LINK',
  );
  const noMethods = fc.constantFrom('BREW', 'get', 'GETGET', 'PO ST', '\0GET', 'G\u00cbT', '', 'PUT\t');
  return fc.oneof(
    fc.tuple(others, known).map(([method, path]) => ({ line: `${method} ${path} HTTP/1.1` })),
    fc.tuple(noMethods, known).map(([method, path]) => ({ line: `${method} ${path} HTTP/1.1` })),
    known.map((path) => ({ line: `CONNECT gateway:443 HTTP/1.1`, headers: [`X: ${path}`] })),
    known.map((path) => ({ line: `GET ${path} HTTP/${'9'}.9` })),
    known.map((path) => ({ line: `GET ${path}` })),
  );
}

const TRICKS = [
  '../',
  '..%2f',
  '%2e%2e/',
  '..%5c',
  '%00',
  '%c0%ae%c0%ae/',
  '%c0%af',
  '%',
  '%zz',
  '%E0%A4%A',
  '//',
  ';',
  '%0d%0aX: y',
  '_design/x',
  '_design%2Fx',
  '_security',
  '_all_dbs',
  '_users',
  '_session',
  '_utils',
  '_node/_local/_config',
  '_local',
  '%252e%252e/',
  '....//',
  'etc/passwd',
  '.git/config',
  '%ef%bc%8f',
  '~',
  '*',
  '[]',
  '{}',
  '999999999999999999999999',
];

function paths({ channel, upload }: Target): fc.Arbitrary<Made> {
  const trick = fc.constantFrom(...TRICKS);
  const starts = fc.constantFrom(
    '/',
    `/${channel}/`,
    `/${channel}`,
    '/uploads/',
    `/${upload}/`,
    '/api/',
    '/nothing/',
    '/x',
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH');
  const wild = fc.tuple(method, starts, fc.array(trick, { minLength: 2, maxLength: 6 }), fc.integer());
  return fc.oneof(
    wild.map(([verb, start, tricks, nonce]) => ({ line: `${verb} ${start}${tricks.join('')}${nonce}/q HTTP/1.1` })),
    fc.integer({ min: 1_000, max: 60_000 }).map((length) => get(`/${channel}/${'a'.repeat(length)}/x`)),
    starts.map((start) => get(`http://elsewhere.example${start}nothing/x/y/z`)),
    starts.map((start) => get(`${start}\u00e9\u0001nothing`)),
    fc.constantFrom('*', 'nothing', '?', '#', '//', 'http://', 'http://[', '/\\..\\x').map(get),
    fc
      .constantFrom('channel-1', 'channel-99999999999999999999', 'channel-%31', `channel-0x3B9ACA00`)
      .map((other) => get(`/${other}/_changes/x`)),
    fc
      .constantFrom('..%2f..%2f..%2fetc%2fpasswd', '%00', '.env', '%c0%ae', 'assets/%2e%2e/%2e%2e/app.ts', '%')
      .map((file) => get(`/console/${file}`)),
  );
}

/** One request without credentials each, and the process was gone. */
function pouchKillers({ channel }: Target): fc.Arbitrary<Made> {
  const related = [
    '--x\r\nContent-Type: application/json\r\n\r\n{"_id":"a","_attachments":{"f":{"follows":true,"length":2}}}\r\n',
    '--x\r\nContent-Disposition: attachment; filename="f"\r\n\r\nhi\r\n--x--',
  ].join('');
  return fc.constantFrom<Made>(
    { line: 'PUT /x HTTP/1.1' },
    { line: 'PUT /x HTTP/1.1', headers: ['Content-Length: 0'] },
    { line: 'PUT /x/_security HTTP/1.1', headers: ['Content-Length: 0'] },
    { line: `PUT /${channel}/_security HTTP/1.1`, headers: ['Content-Length: 0'] },
    {
      line: 'PUT /x/a HTTP/1.1',
      headers: ['Content-Type: multipart/related; boundary="x"'],
      body: Buffer.from(related),
    },
    {
      line: `PUT /${channel}/a HTTP/1.1`,
      headers: ['Content-Type: multipart/related; boundary="x"'],
      body: Buffer.from(related),
    },
    { line: 'GET /_changes?feed=continuous HTTP/1.1' },
  );
}

function queries({ channel }: Target): fc.Arbitrary<Made> {
  const bad = fc.constantFrom(
    'limit=-1',
    'limit=1e99',
    'limit=x',
    'limit=1&limit=2',
    'limit=NaN',
    'limit=99999999999999999999',

    'feed=continuous',
    'feed=eventsource',
    'feed=longpoll&feed=normal',
    'heartbeat=0',
    'heartbeat=-5',
    'heartbeat=1e9',
    'timeout=-1',
    'timeout=x',
    'filter=_view',
    'filter=_design/x',
    'include_docs=1',
    'style=x',
    'since=%00',
    'since=null',
    'since=1-g1AAAA',
    'since=-1',
    'since=abcdef01.%F0%9F%98%80',
    `since=${'9'.repeat(6_000)}`,

    '__proto__[x]=1&limit=x',
  );
  return bad.map((query) => get(`/${channel}/_changes?${query}`));
}

function headers({ channel }: Target): fc.Arbitrary<Made> {
  const somewhere = fc.constantFrom('/nothing', `/${channel}/nothing/x`, '/api/nothing');
  const breaking = fc.constantFrom(
    ['X: a\r\n folded'],
    ['X : a'],
    ['X'],
    [': a'],
    ['X\u00e9: a'],
    ['X: a\0b'],
    ['X: a\rb'],
    ['no host'],
    ['Host: a', 'Host: b'],
    ['X(): a'],
    ['Host: gateway', 'host: gateway'],
  );
  const noise = fc.constantFrom(
    'X: \u00e9\u00ff',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'X-HTTP-Method-Override: DELETE',
    'X-Forwarded-For: 127.0.0.1, \u00ff',
    'X-Request-Id: \u00e9 \t x',
    'Range: bytes=9-1',
    'Cookie: __proto__=1; enroute-session=%00',
    `Accept-Encoding: ${'gzip,'.repeat(900)}`,
    'If-None-Match: *',
    'TE: trailers',
    'Origin: null',
    'Host: ',
    'Host: a b',
    'Forwarded: for="[::1]:x"',
    'Content-Type: ;;;',
    'Accept: \u0080',
  );
  return fc.oneof(
    fc.tuple(somewhere, breaking).map(([path, given]) => ({ ...get(path), headers: given })),
    fc.tuple(somewhere, noise).map(([path, given]) => ({ ...get(path), headers: [given] })),
    somewhere.map((path) => ({ ...get(path), headers: [`X: ${'a'.repeat(64 * 1024)}`] })),
    fc.integer({ min: 101, max: 2_000 }).map((count) => ({
      ...get('/up'),
      headers: Array.from({ length: count }, (_, n) => `X${n}: ${n}`),
    })),
    fc.constantFrom('xyz', '200-maybe').map((expectation) => ({ ...get('/up'), headers: [`Expect: ${expectation}`] })),
  );
}

function framing(target: Target): fc.Arbitrary<Made> {
  const lengths = fc.constantFrom(
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Content-Length: -1'],
    ['Content-Length: 5, 5'],
    ['Content-Length: 0x5'],
    ['Content-Length: 99999999999999999999999999'],
    ['Content-Length: +5'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: gzip'],
    ['Transfer-Encoding: \u000bchunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', 'Content-Length: 5'],
  );
  return lengths.map((given) => ({
    ...json(up(target), 'abcde'),
    headers: ['Content-Type: application/json', ...given],
  }));
}

function encodings(target: Target): fc.Arbitrary<Made> {
  const whole = gzipSync('{"docs":[]}');
  const coded = fc.constantFrom<readonly [string, Uint8Array]>(
    ['gzip', ZIP_BOMB],
    ['deflate', DEFLATE_BOMB],
    ['br', BROTLI_BOMB],
    ['gzip', whole.subarray(0, 15)],
    ['gzip', Buffer.from('{"docs":[]}')],
    ['deflate', whole],
    ['br', whole],
    ['br', Buffer.from('{"docs":[]}')],
    ['gzip, gzip', gzipSync(whole)],
    ['gzip', gzipSync(whole)],
    ['compress', whole],
    ['zstd', whole],
    ['x', whole],
    ['\u00ff', whole],
  );
  return coded.map(([encoding, body]) => json(up(target), body, [`Content-Encoding: ${encoding}`]));
}

const NO_JSON: readonly (string | Uint8Array)[] = [
  '',
  '{',
  '[',
  '"',
  '{"docs":',
  '{"docs":[}',
  'nul',
  '\u0000',
  '{"a":1}{',
  "{'docs':[]}",
  '\ufeff\ufeff{}',
  '1e',
  '[1,]',
  `${'['.repeat(100_000)}`,
  `${'{"a":'.repeat(50_000)}`,
  Buffer.from([0xff, 0xfe, 0x7b]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.alloc(3 * 1024 * 1024, 0x20),
];
const WRONG_JSON: readonly string[] = [
  'null',
  '0',
  '"docs"',
  '[]',
  '{}',
  '{"docs":null}',
  '{"docs":{}}',
  '{"docs":"x"}',
  '{"__proto__":{"docs":[]}}',
  '{"constructor":{"prototype":{}}}',
  `{"docs":[${Array(101).fill('{"_id":"heartbeat"}').join(',')}]}`,
  '{"docs":[1]}',
  '{"docs":[null]}',
  '{"docs":[{"_id":7}]}',
  '{"docs":[{"_id":{"$gt":null}}]}',
  '{"docs":1e400}',
  '{"docs":[[]]}',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  '{"docs":[{}]}',
];

function jsonBodies(target: Target): fc.Arbitrary<Made> {
  const taking = fc.constantFrom(...target.takingBodies);
  const body = fc.oneof(
    fc.constantFrom(...NO_JSON),
    fc.constantFrom(...WRONG_JSON),
    fc.json({ maxDepth: 4 }).map((text) => `[${text}]`),
  );
  return fc.oneof(
    body.map((text) => json(up(target), text)),
    fc
      .tuple(taking, body)
      .map(([[method, path], text]) => json(`${method} ${path} HTTP/1.1`, text, ['Sec-Fetch-Site: same-origin'])),
  );
}

/** A batch that can be read, of documents that can not. */
function documents(target: Target): fc.Arbitrary<Made> {
  const ids = fc.constantFrom(
    'heartbeat',
    '_design/x',
    '_local/x',
    '__proto__',
    'constructor',
    'manifest:../../x',
    'manifest:\u0000',
    'receipt:1:OUTCOME',
    'master:station',
    'task:1:01',
    'manifest:99999999999999999999999999999',
    'report:1',
    '\ud800',
    'a'.repeat(10_000),
    '\u202e',
  );
  const rest = fc.oneof(
    fc.dictionary(
      fc.string({ maxLength: 12 }).filter((key) => key !== '_id' && key !== '_rev'),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 5 },
    ),
    fc.constantFrom<Record<string, unknown>>(
      { v: 1e308, station: -0 },
      { v: '\ud800' },
      { _attachments: { f: { data: 'AAAA' } } },
      { _deleted: true },
      { packet: { bytes: Number.MAX_SAFE_INTEGER } },
      { v: 1, station: '1000110077', at: '9999-99-99T99:99:99Z' },
      { x: 'y'.repeat(20_000) },
    ),
  );
  const doc = fc.tuple(ids, rest).map(([_id, fields]) => ({ ...fields, _id }));
  return fc.array(doc, { minLength: 1, maxLength: 5 }).map((docs) => ({
    ...json(up(target), JSON.stringify({ docs })),
    expect: 'each-refused' as const,
  }));
}

function mediaTypes(target: Target): fc.Arbitrary<Made> {
  const types = fc.constantFrom(
    'multipart/related; boundary=x',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json; charset=utf-7',
    'application/json; charset=x',
    'application/octet-stream',
    '',
    'application/jsonx',
    'x',
  );
  const lines = fc.constantFrom(
    up(target),
    ...target.takingBodies.map(([method, path]) => `${method} ${path} HTTP/1.1`),
  );
  return fc.tuple(lines, types).map(([line, type]) => ({
    line,
    headers: [`Content-Type: ${type}`, 'Sec-Fetch-Site: same-origin'],
    body: Buffer.from('--x\r\n\r\n{"docs":[]}\r\n--x--'),
  }));
}

function chunks(target: Target): fc.Arbitrary<Made> {
  const broken = fc.constantFrom(
    'zz\r\n{}\r\n0\r\n\r\n',
    '-1\r\n{}\r\n',
    'ffffffffffffffffff\r\n{}',
    '2 2\r\n{}\r\n0\r\n\r\n',
    '2\r\n{}{}\r\n0\r\n\r\n',
    `2;${'e'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`,
    '2\n{}\n0\n\n',
    '0x2\r\n{}\r\n0\r\n\r\n',
    '2\r\n{}\r\n0\r\nX\r\n\r\n',
    `2\r\n{}\r\n0\r\nX: ${'a'.repeat(80_000)}\r\n\r\n`,
    '2\r\n{}\r\n0\r\n\r\n',
  );
  const unended = fc.constantFrom('2\r\n{}\r\n', '5\r\n{', '2\r\n{}\r\n0\r\n', '');
  const chunked = (body: string): Made => ({
    ...json(up(target), body),
    headers: ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
  });
  return fc.oneof(
    broken.map(chunked),
    unended.map((body) => ({ ...chunked(body), expect: 'closed' as const, end: true })),
  );
}

function uploads({ upload }: Target): fc.Arbitrary<Made> {
  const lengths = fc.constantFrom('-1', '0', '1e30', 'x', '', '99999999999999999999', '0x10', '1, 2');
  const metadata = fc.constantFrom(
    '',
    'rid',
    'rid !!!',
    'rid =,digest =',
    'rid AAAA,rid AAAA',
    `rid ${'A'.repeat(9_000)}`,
    ',,,',
    '__proto__ AAAA',
  );
  const ids = fc.constantFrom(
    upload,
    'uploads/x',
    'uploads/..%2f..',
    'uploads/%00',
    `${upload}x`,
    `uploads/${'1'.repeat(29)}.`,
    `${upload}.json`,
  );
  const offsets = fc.constantFrom('-1', 'x', '1e9', '99999999999999999999', '', '0');
  const tus = 'Tus-Resumable: 1.0.0';
  const bytes = 'Content-Type: application/offset+octet-stream';
  return fc.oneof(
    fc.tuple(lengths, metadata).map(([length, told]) => ({
      line: 'POST /uploads HTTP/1.1',
      headers: [tus, `Upload-Length: ${length}`, `Upload-Metadata: ${told}`],
    })),
    fc.tuple(ids, offsets, fc.uint8Array({ maxLength: 2_000 })).map(([id, offset, body]) => ({
      line: `PATCH /${id} HTTP/1.1`,
      headers: [tus, bytes, `Upload-Offset: ${offset}`],
      body,
    })),
    ids.map((id) => ({ line: `HEAD /${id} HTTP/1.1`, headers: [tus] })),
    ids.map((id) => ({ line: `POST /${id} HTTP/1.1`, headers: [tus, 'X-HTTP-Method-Override: DELETE'] })),
    fc.constantFrom('PATCH', 'DELETE', 'HEAD').map((method) => ({
      line: 'POST /uploads HTTP/1.1',
      headers: [tus, `X-HTTP-Method-Override: ${method}`, 'Upload-Length: 5'],
    })),
  );
}

function credentials({ channel }: Target): fc.Arbitrary<Made> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = part({ iss: '1000110077', aud: 'enroute-core', exp: 9e15, iat: 0, jti: 'x' });
  const shown = fc.oneof(
    fc.constantFrom(
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer a.b.c',
      `Bearer ${part({ alg: 'none' })}.${claims}.`,
      `Bearer ${'a'.repeat(3_000)}`,
      `Bearer ${part({ alg: 'HS256' })}.${claims}.AAAA`,
      `Bearer ${part({ alg: 'EdDSA', crit: ['x'] })}.${claims}.AAAA`,
      `Bearer ${part({ alg: 'EdDSA', jku: 'http://127.0.0.1/' })}.${claims}.AAAA`,
      'Bearer \u00ff',
      'Negotiate',
      ',,,',
    ),
    fc.base64String({ maxLength: 200 }).map((text) => `Bearer ${text}`),
  );
  const guarded = fc.constantFrom(`/${channel}/_changes`, '/api/people', '/api/session', '/api/stations/live');
  return fc.tuple(guarded, shown).map(([path, given]) => ({ ...get(path), headers: [`Authorization: ${given}`] }));
}

/** Never whole: the sender goes away in the midst of it. */
function halves(target: Target): fc.Arbitrary<Made> {
  return fc.constantFrom<Made>(
    { line: 'G', end: true, expect: 'closed' },
    {
      ...json(up(target), '{"docs":['),
      headers: ['Content-Type: application/json', 'Content-Length: 900'],
      end: true,
      expect: 'closed',
    },
    {
      line: `PATCH /${target.upload} HTTP/1.1`,
      headers: [
        'Tus-Resumable: 1.0.0',
        'Upload-Offset: 0',
        'Content-Type: application/offset+octet-stream',
        'Content-Length: 900',
      ],
      body: Buffer.from('abc'),
      end: true,
      expect: 'closed',
    },
    {
      ...json('POST /api/session HTTP/1.1', '{'),
      headers: ['Content-Type: application/json', 'Content-Length: 9'],
      end: true,
      expect: 'closed',
    },
  );
}

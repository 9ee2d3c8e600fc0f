import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKET_LIMITS } from './packet-files.ts';
import { utf8 } from './test-packet.ts';
import { budgetOf, openZip } from './unzip.ts';
import { zipOf } from './zip.ts';

const MIB = 1024 * 1024;
const small = new Map([
  ['id/ID.json', utf8('{"identity":{}}')],
  ['id/proof.pdf', utf8('%PDF '.repeat(100))],
]);

async function readAll(zip: Uint8Array, limits = {}): Promise<Map<string, Uint8Array>> {
  const opened = await openZip(zip, budgetOf({ ...PACKET_LIMITS, ...limits }));
  const files = new Map<string, Uint8Array>();
  for (const path of opened.paths) files.set(path, await opened.read(path));
  return files;
}

async function zipWith(path: string, options: ZipWriterAddDataOptions): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  await writer.add(path, new Uint8ArrayReader(utf8('contents')), options);
  return writer.close();
}

/** Every place of `from` in the zip overwritten: in the entry's own header and in the directory. */
function renamed(zip: Uint8Array, from: string, to: string): Uint8Array {
  const changed = Buffer.from(zip);
  for (let at = changed.indexOf(from); at !== -1; at = changed.indexOf(from, at + 1)) changed.write(to, at);
  return changed;
}

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');

/** A zip of one deflated entry whose headers state another size than it unpacks to. */
async function stating(statedBytes: number, content: Uint8Array): Promise<Uint8Array> {
  const changed = Buffer.from(await zipOf(new Map([['id/bomb', content]])));
  changed.writeUInt32LE(statedBytes, changed.indexOf(LOCAL) + 22);
  changed.writeUInt32LE(statedBytes, changed.indexOf(CENTRAL) + 24);
  return changed;
}

const END = Buffer.from('PK\x05\x06', 'latin1');

/** A zip of two entries, the second of which, header and all, is also the contents of the first. */
async function zipWithin(): Promise<Uint8Array> {
  const inner = Buffer.from(await zipOf(new Map([['id/b', utf8('contents')]])));
  const place = inner.subarray(0, inner.indexOf(CENTRAL));
  const record = Buffer.from(inner.subarray(inner.indexOf(CENTRAL), inner.indexOf(END)));
  const outer = Buffer.from(await zipOf(new Map([['id/a.zip', place]])));
  record.writeUInt32LE(outer.indexOf(LOCAL, 1), 42);
  const end = Buffer.from(outer.subarray(outer.indexOf(END)));
  for (const at of [8, 10]) end.writeUInt16LE(2, at);
  end.writeUInt32LE(end.readUInt32LE(12) + record.byteLength, 12);
  return Buffer.concat([outer.subarray(0, outer.indexOf(END)), record, end]);
}

describe('a zip', () => {
  it('gives back what was put in, the same bytes every time it is made', async () => {
    const files = new Map([...small, ['id/image', new Uint8Array(randomBytes(3000))], ['id/empty', new Uint8Array()]]);
    const zip = await zipOf(files);
    expect(await readAll(zip)).toEqual(files);
    expect(await zipOf(files)).toEqual(zip);
    expect(zip.byteLength).toBeLessThan(4000);
  });

  it('leaves folders out, and reads an entry with its sizes behind it', async () => {
    const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, dataDescriptor: true });
    await writer.add('id/', undefined, { directory: true });
    await writer.add('id/a.txt', new Uint8ArrayReader(utf8('aaaa')));
    expect(await readAll(await writer.close())).toEqual(new Map([['id/a.txt', utf8('aaaa')]]));
  });
});

describe('a hostile zip is refused by name', () => {
  const refused = (zip: Uint8Array, limits = {}) => expect(readAll(zip, limits)).rejects;
  const code = (text: string) => ({ name: 'MosipError', code: text });

  it.each([
    ['climbs out', 'id/../x.p'],
    ['begins at the root', '/id/xx.pdf'],
    ['begins at a drive', 'C:/xxx.pdf'],
    ['is of Windows', 'id\\xxx.pdf'],
    ['climbs out as on Windows', '..\\xxx.pdf'],
    ['has an empty step', 'id//xx.pdf'],
  ])('with a path that %s', async (_, path) => {
    await refused(
      renamed(await zipOf(new Map([['id/yyy.pdf', utf8('x')]])), 'id/yyy.pdf', path.padEnd(10)),
    ).toMatchObject(code('MOSIP_ZIP_UNSAFE_PATH'));
  });

  it('with a name twice, be it in other letters', async () => {
    const zip = await zipOf(new Map([...small, ['id/another.a', utf8('x')]]));
    await refused(renamed(zip, 'id/another.a', 'id/proof.pdf')).toMatchObject(code('MOSIP_ZIP_DUPLICATE'));
    await refused(renamed(zip, 'id/another.a', 'id/PROOF.pdf')).toMatchObject(code('MOSIP_ZIP_DUPLICATE'));
  });

  it('with an entry that lies in another, as a bomb is made', async () => {
    await refused(await zipWithin()).toMatchObject(code('MOSIP_ZIP_OVERLAP'));
  });

  it('that is encrypted', async () => {
    await refused(await zipWith('id/ID.json', { password: 'secret' })).toMatchObject(code('MOSIP_ZIP_ENCRYPTED'));
  });

  it.each([
    ['a link', 0o120777],
    ['a pipe', 0o010644],
    ['a device', 0o060644],
  ])('that holds %s', async (_, unixMode) => {
    await refused(await zipWith('id/ID.json', { unixMode })).toMatchObject(code('MOSIP_ZIP_NOT_A_FILE'));
  });

  it('that holds more files, larger files or more bytes than a packet', async () => {
    const zip = await zipOf(small);
    await refused(zip, { maxFiles: 1 }).toMatchObject(code('MOSIP_ZIP_TOO_MANY_FILES'));
    await refused(zip, { maxFileBytes: 499 }).toMatchObject(code('MOSIP_ZIP_TOO_LARGE'));
    await refused(zip, { maxTotalBytes: 514 }).toMatchObject(code('MOSIP_ZIP_TOO_LARGE'));
    await expect(readAll(zip, { maxFiles: 2, maxFileBytes: 500, maxTotalBytes: 515 })).resolves.toHaveProperty(
      'size',
      2,
    );
  });

  it('that says it unpacks to a gigabyte, before anything is unpacked', async () => {
    await refused(await stating(2 ** 30, new Uint8Array(1000))).toMatchObject(code('MOSIP_ZIP_TOO_LARGE'));
  });

  it('that unpacks to more than it says, with no more inflated than that', async () => {
    const bomb = await stating(100, new Uint8Array(64 * MIB));
    expect(bomb.byteLength).toBeLessThan(MIB / 8);
    const before = process.memoryUsage().arrayBuffers;
    await refused(bomb).toMatchObject(code('MOSIP_ZIP_SIZE_UNTRUE'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB);
    await refused(await stating(1001, new Uint8Array(1000))).toMatchObject(code('MOSIP_ZIP_SIZE_UNTRUE'));
  });

  it('in a zip, where both count together', async () => {
    const inner = await zipOf(new Map([['a', new Uint8Array(600)]]));
    const budget = budgetOf({ ...PACKET_LIMITS, maxTotalBytes: inner.byteLength + 599 });
    const outer = await openZip(await zipOf(new Map([['b.zip', inner]])), budget);
    const nested = await openZip(await outer.read('b.zip'), budget);
    await expect(nested.read('a')).rejects.toMatchObject(code('MOSIP_ZIP_TOO_LARGE'));
  });

  it('that was changed after it was packed, or packed in another way', async () => {
    const stored = Buffer.from(await zipOf(new Map([['id/a.zip', utf8('content')]])));
    stored.write('C', stored.indexOf('content'));
    await refused(stored).toMatchObject(code('MOSIP_ZIP_DAMAGED'));
    const method = Buffer.from(await zipOf(small));
    for (const [mark, offset] of [
      [LOCAL, 8],
      [CENTRAL, 10],
    ] as const) {
      for (let at = method.indexOf(mark); at !== -1; at = method.indexOf(mark, at + 1))
        method.writeUInt16LE(12, at + offset);
    }
    await refused(method).toMatchObject(code('MOSIP_ZIP_METHOD'));
    await refused(deflateRawSync(randomBytes(500))).toMatchObject({ name: 'MosipError' });
  });

  it('that two programs would read differently: with bytes before or behind it', async () => {
    const zip = await zipOf(small);
    await refused(Buffer.concat([zip, utf8('more')])).toMatchObject({ name: 'MosipError' });
    await refused(Buffer.concat([utf8('more'), zip])).toMatchObject({ name: 'MosipError' });
  });

  it('that ends too early, at every length', async () => {
    const zip = await zipOf(small);
    await refused(zip.subarray(0, zip.byteLength - 1)).toMatchObject({ name: 'MosipError' });
    await refused(zip.subarray(0, zip.byteLength >> 1)).toMatchObject(code('MOSIP_ZIP_TRUNCATED'));
    for (let length = 0; length < zip.byteLength; length += 7) {
      await refused(zip.subarray(0, length)).toMatchObject({ name: 'MosipError' });
    }
  });

  it('and whatever the bytes, it is read or refused', async () => {
    const zip = await zipOf(small);
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.byteLength - 1), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const changed = Uint8Array.from(zip);
        changed[at] = value;
        const error = await readAll(changed).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toMatchObject({ code: expect.stringMatching(/^MOSIP_ZIP_/) });
      }),
      { numRuns: 400 },
    );
  });
});

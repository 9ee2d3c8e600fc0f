import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/** 1 January 1980, the first day that a zip knows: the same contents are the same bytes, whenever and wherever. */
const FIRST_DAY = 0x0021_0000;

/** @param files by path, written in the map's order; deflated but for those that are zips themselves. */
export async function zipOf(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    rawLastModDate: FIRST_DAY,
    extendedTimestamp: false,
    dataDescriptor: false,
    bufferedWrite: true,
    useWebWorkers: false,
    // The platform's own deflate differs between versions of the platform.
    useCompressionStream: false,
  });
  for (const [path, content] of files) {
    await writer.add(path, new Uint8ArrayReader(content), { level: path.endsWith('.zip') ? 0 : 6 });
  }
  return writer.close();
}

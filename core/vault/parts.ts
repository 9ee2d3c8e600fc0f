/**
 * Cuts a stream of pieces, as they come from a socket or a disk, into parts of one size; the last may be shorter. No more
 * than one part and one piece are in memory.
 */
export async function* partsOf(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.byteLength > 0; ) {
      const taken = rest.subarray(0, partBytes - gatheredBytes);
      gathered.push(taken);
      gatheredBytes += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (gatheredBytes < partBytes) continue;
      yield Buffer.concat(gathered, gatheredBytes);
      gathered = [];
      gatheredBytes = 0;
    }
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered, gatheredBytes);
}

/** Gathers pieces as they are until they have so many bytes together; the last ones may have less. */
export async function* gathered(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array[]> {
  let pieces: Uint8Array[] = [];
  let left = bytes;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    left -= chunk.byteLength;
    if (left > 0) continue;
    yield pieces;
    pieces = [];
    left = bytes;
  }
  if (pieces.length > 0) yield pieces;
}

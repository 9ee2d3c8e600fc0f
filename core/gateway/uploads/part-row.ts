/**
 * The row of parts that an upload in the store lies in. Each part is a document that is named by where it begins, so a
 * part that has a place in the row was written once, by one gateway; the upload ends where the row first breaks.
 */

/** A part as its document tells of it. */
export interface RowPart {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The parts that follow one on the other from the beginning on.
 * @param parts in the order of their offsets. What lies behind a gap, or inside of a part, was left by a removal or a
 *   merge that was interrupted: it belongs to nothing.
 */
export function unbroken<Part extends RowPart>(parts: readonly Part[]): Part[] {
  const row: Part[] = [];
  let end = 0;
  for (const part of parts) {
    if (part.offset !== end) continue;
    row.push(part);
    end += part.bytes;
  }
  return row;
}

export function endOf(row: readonly RowPart[]): number {
  const last = row.at(-1);
  return last ? last.offset + last.bytes : 0;
}

/** Which parts of a row are to become one: neighbours that are no longer than this together. Never one alone. */
export function groupsToMerge<Part extends RowPart>(row: readonly Part[], mostBytes: number): Part[][] {
  const groups: Part[][] = [];
  let bytes = 0;
  for (const part of row) {
    const group = groups.at(-1);
    if (group && bytes + part.bytes <= mostBytes) {
      group.push(part);
      bytes += part.bytes;
    } else {
      groups.push([part]);
      bytes = part.bytes;
    }
  }
  return groups.filter((group) => group.length > 1);
}

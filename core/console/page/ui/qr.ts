/** A QR code as one path in an SVG, which is sharp on paper and needs neither a canvas nor a style. */
import { encodeQR } from 'qr';

/** Modules of white around it, without which many readers do not find it. */
const QUIET_ZONE = 4;

export interface QrPath {
  /** Modules from edge to edge, quiet zone included. */
  readonly size: number;
  /** One stroke of height 1 for each run of dark modules. */
  readonly path: string;
}

export function qrPath(text: string): QrPath {
  const rows = encodeQR(text, 'raw', { border: QUIET_ZONE, ecc: 'medium' });
  const path = rows
    .flatMap((row, y) => runs(row).map(({ from, length }) => `M${from} ${y}h${length}v1h-${length}z`))
    .join('');
  return { size: rows.length, path };
}

function runs(row: readonly boolean[]): { from: number; length: number }[] {
  const found: { from: number; length: number }[] = [];
  for (let from = 0; from < row.length; from += 1) {
    if (!row[from]) continue;
    const end = row.indexOf(false, from);
    const length = (end === -1 ? row.length : end) - from;
    found.push({ from, length });
    from += length;
  }
  return found;
}

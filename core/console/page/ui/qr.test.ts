import { decodeQR } from 'qr/decode.js';
import { expect, it } from 'vitest';
import { qrPath } from './qr.ts';

const PIXELS_PER_MODULE = 4;

/** Draws the path as a browser would, and reads the picture as a camera would. */
function readBack({ size, path }: ReturnType<typeof qrPath>): string {
  const width = size * PIXELS_PER_MODULE;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = 0; row < PIXELS_PER_MODULE; row += 1) {
      const from = ((Number(y) * PIXELS_PER_MODULE + row) * width + Number(x) * PIXELS_PER_MODULE) * 4;
      const end = from + Number(length) * PIXELS_PER_MODULE * 4;
      for (let at = from; at < end; at += 4) data.fill(0, at, at + 3);
    }
  }
  return decodeQR({ width, height: width, data });
}

it.each([
  ['a second factor', 'otpauth://totp/Enroute:amina?secret=JBSWY3DPEHPK3PXP&issuer=Enroute'],
  ['an invitation', `enr1.${'abcDEF-_0123456789'.repeat(20)}`],
])('A QR code of %s is read back as it was written', (_what, text) => {
  expect(readBack(qrPath(text))).toBe(text);
});

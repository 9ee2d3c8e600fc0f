import { FINGERS, type Position } from '@enroute/shared/enrolment/enrolment.ts';
import { type Rng, rngOf } from './rng.ts';

/**
 * Images in size and shape as real devices deliver them: compressed pictures, so their bytes look random; the headers
 * of ISO 19794-4 and -5 on fingers and face, none on irises; and one iris at the front of a large, empty buffer.
 */

/** Bytes of a typical picture; each person's differ a little. One finger is always a mere sliver of a print. */
const TYPICAL_BYTES: Readonly<Record<Position, number>> = {
  RIGHT_THUMB: 14_200,
  RIGHT_INDEX: 6_600,
  RIGHT_MIDDLE: 5_800,
  RIGHT_RING: 7_200,
  RIGHT_LITTLE: 9_600,
  LEFT_THUMB: 18_100,
  LEFT_INDEX: 13_000,
  LEFT_MIDDLE: 830,
  LEFT_RING: 7_900,
  LEFT_LITTLE: 9_400,
  RIGHT_IRIS: 28_000,
  LEFT_IRIS: 7_600,
  FACE: 64_700,
};
const SPREAD_PERCENT = 6;
/** The buffer that the device hands over for one of the two irises, whatever the picture in it takes. */
const IRIS_BUFFER_BYTES = 305_000;
const IRIS_BUFFER_SPREAD_BYTES = 3_000;

/**
 * Sixteen bytes that are the same in every capture of one person's position, where a real print would have its
 * features: what a simulated matcher recognises a person by.
 */
const TRAIT_OFFSET = 64;
const TRAIT_BYTES = 16;

export interface ImageRequest {
  readonly seed: number;
  readonly index: number;
  /** Which time the person is captured: the pictures are new each time, the traits are not. */
  readonly visit: number;
  readonly position: Position;
  readonly quality: number;
  readonly capturedAt: Date;
}

export function imageOf(request: ImageRequest): Uint8Array {
  const { seed, index, visit, position } = request;
  const rng = rngOf('image', seed, index, visit, position);
  const picture = rng.bytes(pictureBytes(rng, position));
  picture.set(rngOf('trait', seed, index, position).bytes(TRAIT_BYTES), TRAIT_OFFSET);
  if (position === 'FACE') return withHeader(picture, faceHeader(picture.length, request));
  if (position !== 'RIGHT_IRIS') {
    return position === 'LEFT_IRIS' ? picture : withHeader(picture, fingerHeader(picture.length, request));
  }
  const buffer = new Uint8Array(IRIS_BUFFER_BYTES + rng.between(-IRIS_BUFFER_SPREAD_BYTES, IRIS_BUFFER_SPREAD_BYTES));
  buffer.set(picture);
  return buffer;
}

/** The person behind a capture, as a matcher sees it: equal for two captures of one position of one person. */
export function traitOf(image: Uint8Array): string {
  const trait = image.subarray(TRAIT_OFFSET, TRAIT_OFFSET + TRAIT_BYTES);
  return Array.from(trait, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pictureBytes(rng: Rng, position: Position): number {
  const typical = TYPICAL_BYTES[position];
  const spread = Math.floor((typical * SPREAD_PERCENT) / 100);
  return typical + rng.between(-spread, spread);
}

function withHeader(picture: Uint8Array, header: readonly number[]): Uint8Array {
  if (header.length > TRAIT_OFFSET) throw new RangeError('The header would cover the trait.');
  picture.set(header);
  return picture;
}

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const uint16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const uint32 = (value: number): number[] => [...uint16(value >>> 16), ...uint16(value & 0xffff)];
const GENERAL_HEADER_BYTES = 16;
const PIXELS_PER_INCH = 500;

function dateBytes(date: Date): number[] {
  const calendar = [date.getUTCMonth() + 1, date.getUTCDate()];
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return [...uint16(date.getUTCFullYear()), ...calendar, ...clock, ...uint16(date.getUTCMilliseconds())];
}

/** ISO 19794-4: format, version, length of all, one picture; its length, date, quality, position and resolution. */
function fingerHeader(length: number, { position, quality, capturedAt }: ImageRequest): number[] {
  const place = (FINGERS as readonly Position[]).indexOf(position) + 1;
  const general = [...ascii('FIR\u0000020\u0000'), ...uint32(length), ...uint16(1), 1, 1];
  const picture = [...uint32(length - GENERAL_HEADER_BYTES), ...dateBytes(capturedAt), 0, 0, 0, 0, 0];
  const resolution = [1, ...Array(4).fill(PIXELS_PER_INCH).flatMap(uint16), 8, 5];
  return [...general, ...picture, 1, quality, 0, 64, 0, 15, 0, place, ...resolution];
}

/** ISO 19794-5, in the same manner. */
function faceHeader(length: number, { quality, capturedAt }: ImageRequest): number[] {
  const general = [...ascii('FAC\u0000030\u0000'), ...uint32(length), ...uint16(1), 0, ...uint16(0)];
  return [
    ...general,
    ...uint32(length - GENERAL_HEADER_BYTES - 1),
    ...dateBytes(capturedAt),
    0,
    0,
    0,
    0,
    0,
    1,
    quality,
  ];
}

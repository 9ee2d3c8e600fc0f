import type { Modality } from '@enroute/shared/enrolment/enrolment.ts';
import { rngOf } from './rng.ts';

/**
 * The texts that a capture device adds: a JWS with the certificate chain it signs by, and the capture's payload with
 * the device's own signed identity. Their shape and weight are real, their cryptography is not: nothing here verifies.
 */

/** What a certificate with a 4096 bit key and its signature weighs, and what such a signature weighs. */
const CERTIFICATE_BYTES = 1_521;
const SIGNATURE_BYTES = 512;

const DEVICES: Readonly<Record<Modality, { readonly type: string; readonly subType: string; readonly model: string }>> =
  {
    finger: { type: 'Finger', subType: 'Slap', model: 'SIM-SLAP-4' },
    iris: { type: 'Iris', subType: 'Double', model: 'SIM-IRIS-2' },
    face: { type: 'Face', subType: 'Full face', model: 'SIM-FACE-1' },
  };

export interface CaptureFacts {
  readonly station: string;
  readonly modality: Modality;
  /** CBEFF's name of the position, empty for a face. */
  readonly subtype: string;
  readonly quality: number;
  readonly capturedAt: string;
  /** What makes this capture unlike any other, as labels for its randomness. */
  readonly labels: readonly (string | number)[];
}

/** "header..signature": the signed part, the image, stays outside, as devices do it. */
export function signatureOf({ station, labels }: CaptureFacts): string {
  return `${headerOf(station)}..${randomText('signature', ...labels)}`;
}

export function payloadOf(facts: CaptureFacts): string {
  const device = DEVICES[facts.modality];
  const timestamp = `${facts.capturedAt.slice(0, 19)}Z`;
  const rng = rngOf('transaction', ...facts.labels);
  return JSON.stringify({
    digitalId: digitalIdOf(facts.station, facts.modality, timestamp),
    deviceCode: `sim-${device.type.toLowerCase()}-${facts.station}-${'0'.repeat(36)}`.slice(0, 36),
    deviceServiceVersion: '0.9.5',
    bioType: device.type,
    ...(facts.subtype === '' ? {} : { bioSubType: facts.subtype }),
    purpose: 'Registration',
    env: 'Simulation',
    bioValue: '<bioValue>',
    transactionId: `${rng.between(100_000, 999_999)}${rng.between(100_000, 999_999)}`,
    timestamp,
    requestedScore: '40',
    qualityScore: String(facts.quality),
  });
}

/** Who the device is, signed by it; the same for all its captures within one second. */
function digitalIdOf(station: string, modality: Modality, dateTime: string): string {
  const device = DEVICES[modality];
  const identity = {
    serialNo: String(rngOf('serial', station, modality).between(1_000_000_000, 4_000_000_000)),
    make: 'SIMULATED',
    model: device.model,
    type: device.type,
    deviceSubType: device.subType,
    deviceProviderId: 'ENROUTE.SIMULATION',
    deviceProvider: 'ENROUTE',
    dateTime,
  };
  return [headerOf(station), base64url(identity), randomText('device', station, modality, dateTime)].join('.');
}

/** One certificate for all that a station signs: this is what compresses so well in a real packet. */
function headerOf(station: string): string {
  const certificate = rngOf('certificate', station).bytes(CERTIFICATE_BYTES);
  certificate.set([0x30, 0x82, (CERTIFICATE_BYTES - 4) >>> 8, (CERTIFICATE_BYTES - 4) & 255]);
  return base64url({ x5c: [toBuffer(certificate).toString('base64')], alg: 'RS256', typ: 'JWT' });
}

function randomText(...labels: readonly (string | number)[]): string {
  return toBuffer(rngOf(...labels).bytes(SIGNATURE_BYTES)).toString('base64url');
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

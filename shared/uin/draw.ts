import { breaksAnyPolicy } from './policies.ts';
import type { UinRules } from './rules.ts';
import { verhoeffDigit } from './verhoeff.ts';

/** Where the randomness comes from; a cryptographic source in production, a seeded one in tests. */
export type RandomBytes = (count: number) => Uint8Array;

export class UinError extends Error {
  readonly code: 'UIN_NONE_FOUND';

  constructor(message: string) {
    super(message);
    this.name = 'UinError';
    this.code = 'UIN_NONE_FOUND';
  }
}

/** About one number in seventeen passes; missing this often means that the rules or the source are broken. */
const MAX_DRAWS = 100_000;

/**
 * Draws one number, each valid number being equally likely. Numbers that break a rule are thrown away whole: mending
 * one (or taking bytes modulo ten) would favour some numbers, and then they can be guessed.
 */
export function drawUin(randomBytes: RandomBytes, rules: UinRules): string {
  const nextDigit = digitSource(randomBytes);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    let base = '';
    while (base.length < rules.length - 1) base += nextDigit();
    const uin = base + verhoeffDigit(base);
    if (!breaksAnyPolicy(uin, rules)) return uin;
  }
  throw new UinError(`No valid UIN in ${MAX_DRAWS} draws: check the UIN rules and the source of randomness.`);
}

const BYTES_AT_ONCE = 64;
/** 250 is the largest multiple of ten that a byte reaches: bytes from there on would favour the digits 0 to 5. */
const FAIR_BYTES = 250;

function digitSource(randomBytes: RandomBytes): () => number {
  let bytes = new Uint8Array();
  let used = 0;
  return () => {
    for (let tries = 0; tries < MAX_DRAWS; tries++) {
      if (used >= bytes.length) {
        bytes = Uint8Array.from(randomBytes(BYTES_AT_ONCE));
        used = 0;
      }
      const byte = bytes[used++];
      if (byte !== undefined && byte < FAIR_BYTES) return byte % 10;
    }
    throw new UinError('The source of randomness gives nothing to draw digits from.');
  };
}

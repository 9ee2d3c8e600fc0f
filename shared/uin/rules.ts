/**
 * How a country's UINs look. A limit of 0 switches its rule off. The words of the rules are the founding document's;
 * the fields are the knobs that MOSIP's generator has for them.
 */
export interface UinRules {
  /** Digits in all, checksum included. */
  readonly length: number;
  /** The same digit may not come again within this many places: 2 forbids "11" and "121". */
  readonly repeatingLimit: number;
  /** So many digits may not count up or down by one, 9 and 0 being neighbours: 3 forbids "123", "890" and "109". */
  readonly sequenceLimit: number;
  /** No block of this many digits may come twice, without overlap. */
  readonly repeatingBlockLimit: number;
  /** The first so many digits may not equal the last so many. */
  readonly digitsLimit: number;
  /** The first so many digits may not equal the last so many read backwards. */
  readonly reverseDigitsLimit: number;
  /** So many even digits in a row are forbidden. Zero does not count as even here, as in MOSIP. */
  readonly evenAdjacentLimit: number;
  /** Whether the repetends of 1/7, 1/17, 1/19, … ("cyclic numbers", of which 142857 is one) are forbidden. */
  readonly forbidCyclic: boolean;
  /** What a UIN may not begin with. */
  readonly forbiddenPrefixes: readonly string[];
  /** What the administrators do not want to see anywhere within a UIN. */
  readonly restrictedNumbers: readonly string[];
}

/** Rule sets by name; a country names one and changes what it wants. */
export const UIN_PRESETS = {
  /** What MOSIP's generator does with its default settings: 58 106 898 numbers of ten digits pass. */
  mosip: {
    length: 10,
    repeatingLimit: 2,
    sequenceLimit: 3,
    repeatingBlockLimit: 2,
    digitsLimit: 5,
    reverseDigitsLimit: 5,
    evenAdjacentLimit: 3,
    forbidCyclic: true,
    forbiddenPrefixes: ['0', '1'],
    restrictedNumbers: ['786', '666'],
  },
} as const satisfies Readonly<Record<string, UinRules>>;

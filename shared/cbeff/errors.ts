/** Every way in which a CBEFF document can fail us; one code per cause, so that it can be counted and looked up. */
export const CBEFF_CODES = [
  'CBEFF_TOO_LARGE',
  'CBEFF_NOT_UTF8',
  'CBEFF_DOCTYPE',
  'CBEFF_NOT_XML',
  'CBEFF_UNKNOWN_ENTITY',
  'CBEFF_NOT_BIR',
  'CBEFF_MISSING_ELEMENT',
  'CBEFF_UNKNOWN_POSITION',
  'CBEFF_BAD_VALUE',
  'CBEFF_DUPLICATE_ENTRY',
  'CBEFF_UNWRITABLE_TEXT',
] as const;
export type CbeffCode = (typeof CBEFF_CODES)[number];

export class CbeffError extends Error {
  readonly code: CbeffCode;

  constructor(code: CbeffCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CbeffError';
    this.code = code;
  }
}

/** The form of a table of status codes, and the next steps that many codes share. */

export interface StatusText {
  /** What happened and why, for a person. Holds no personal data. */
  readonly sentence: string;
  /** What that person can do about it. */
  readonly next: string;
}

export type StatusTable = Readonly<Record<`ENR-${string}`, StatusText>>;

export const TELL_SUPPORT = 'Tell the support desk and give them this code.';
export const SYNC_AGAIN = 'Nothing is lost. The station offers it again by itself.';

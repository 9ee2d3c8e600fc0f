/** Secrets of the chaos test: none of them can be met by chance, and none of them may be found in a log. */
export const SECRETS = {
  core: 'passphrase-cöre-4d1e planted',
  station: 'passphrase-śtation-88b2 planted',
  operator: 'password-öperator-c7a9 planted',
} as const;

/** Who serves at every desk. */
export const OPERATOR = 'amina';

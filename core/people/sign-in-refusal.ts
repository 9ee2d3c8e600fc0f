/** Why somebody was not let in. What they are told is the code; the rest is for the audit and the answer's headers. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

export interface RefusalFacts {
  /** Whose account it was, where there is such a person. */
  readonly person?: string | undefined;
  readonly retryAfterSeconds?: number;
}

export class SignInRefusal extends EnrouteError {
  readonly facts: RefusalFacts;

  constructor(code: StatusCode, facts: RefusalFacts = {}) {
    super(code);
    this.facts = facts;
  }
}

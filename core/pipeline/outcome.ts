/** What a stage says of one registration. How the flow goes on from there is for the flow to say, not for the stage. */
import type { Parked, Registration, RegistrationFacts } from '@enroute/shared/registration/registration.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';

export type Outcome =
  /** Done; on to the next stage. The stage that tells the end may have found that it has come to another one. */
  | {
      readonly kind: 'next';
      readonly facts?: RegistrationFacts;
      readonly verdict?: NonNullable<Registration['verdict']>;
    }
  /** Done, and one of the ways that the stage has declared is to be taken. */
  | { readonly kind: 'branch'; readonly branch: string; readonly facts?: RegistrationFacts }
  /** Wait for an event, at most until then. Waiting spends no retry. */
  | {
      readonly kind: 'park';
      readonly reason: ParkReason;
      readonly until: Date;
      readonly key?: string;
      /** With the reason `paused`, and only with it. */
      readonly pause?: Parked['pause'];
      readonly facts?: RegistrationFacts;
    }
  /** It could not be done now; the same stage again later. */
  | { readonly kind: 'retry'; readonly code: StatusCode; readonly detail: string }
  /** The station must put something right before it can go on. */
  | { readonly kind: 'correct'; readonly code: StatusCode; readonly facts?: RegistrationFacts }
  /** The person is not to get what they came for. */
  | { readonly kind: 'reject'; readonly code: StatusCode; readonly facts?: RegistrationFacts }
  /** The packet can't be processed, whoever tries. */
  | { readonly kind: 'fail'; readonly code: StatusCode };

export type ParkReason = Parked['reason'];

export type OutcomeKind = Outcome['kind'];

/**
 * What changes while a station runs, for all who hold on to it: they read it when they need it, and see the new one as soon
 * as it counts.
 */
import type { StationIdentity } from './station-identity.ts';
import type { TrustedCore } from './trusted-core.ts';

export interface Live<T> {
  /** To be read, not copied. */
  readonly present: T;
  /** After it was made durable. */
  replace(next: T): void;
}

export function liveIdentity(first: StationIdentity): Live<StationIdentity> {
  let now = first;
  const present: StationIdentity = {
    station: first.station,
    get signing() {
      return now.signing;
    },
    get sealing() {
      return now.sealing;
    },
    get earlier() {
      return now.earlier ?? [];
    },
    get next() {
      return now.next;
    },
  };
  return {
    present,
    replace: (next) => {
      now = next;
    },
  };
}

export function liveCore(first: TrustedCore): Live<TrustedCore> {
  let now = first;
  const present: TrustedCore = {
    v: first.v,
    epoch: first.epoch,
    get signingKey() {
      return now.signingKey;
    },
    get sealingKey() {
      return now.sealingKey;
    },
    get earlierSigningKeys() {
      return now.earlierSigningKeys ?? [];
    },
  };
  return {
    present,
    replace: (next) => {
      now = next;
    },
  };
}

/** What is told of a registration that has gone from one place of its flow to another. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Move } from './observe/observer.ts';

export function moveOf(
  before: StoredRegistration,
  after: StoredRegistration,
  by: Move['by'],
  now: Date,
  code?: StatusCode,
): Move {
  const { _id: rid, process, stageSince } = before;
  return {
    rid,
    process,
    from: placeOf(before),
    to: placeOf(after),
    by,
    ...(code ? { code } : {}),
    ...(stageSince ? { dwellMs: Math.max(0, now.getTime() - Date.parse(stageSince)) } : {}),
  };
}

function placeOf({ state, stage }: StoredRegistration): Move['from'] {
  return { state, ...(stage === undefined ? {} : { stage }) };
}

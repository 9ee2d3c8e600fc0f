import { expect, it } from 'vitest';
import { TRUST_STATES } from '../api/answers.ts';
import { ACTS_IN_STATE, requestFor } from './acts.ts';

const STATION = '1000110077';

it('A station is offered what its state allows, and nothing once it is revoked', () => {
  expect(TRUST_STATES.map((state) => [state, ...ACTS_IN_STATE[state]])).toEqual([
    ['active', 'suspend', 'revoke'],
    ['suspended', 'reinstate', 'revoke'],
    ['draining', 'revoke'],
    ['revoked'],
    ['invited'],
  ]);
});

it('Only revoking says what becomes of queued packets', () => {
  const path = `/api/stations/${STATION}`;
  expect(requestFor('suspend', STATION, 'refuse')).toEqual({ method: 'PUT', path: `${path}/suspension` });
  expect(requestFor('reinstate', STATION, 'refuse')).toEqual({ method: 'DELETE', path: `${path}/suspension` });
  expect(requestFor('revoke', STATION, 'refuse')).toEqual({
    method: 'PUT',
    path: `${path}/revocation`,
    body: { queuedPackets: 'refuse' },
  });
});

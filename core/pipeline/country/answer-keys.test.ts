import { randomBytes } from 'node:crypto';
import { moveTo, newVisit, type Registration } from '@enroute/shared/registration/registration.ts';
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import { describe, expect, it } from 'vitest';
import { NOW, registrationOf, ridOf } from '../pipeline.fixture.ts';
import { answerKeys } from './answer-keys.ts';

const keys = answerKeys(randomBytes(32));
const registration = registrationOf(ridOf(1), { visit: 4 });
const key = keys.keyOf(registration, 'civil-register');

describe('the key of a question', () => {
  it('is the same for each try of a visit, and another for each visit, registration and stage', () => {
    expect(keys.keyOf({ ...registration }, 'civil-register')).toBe(key);
    const others = [
      keys.keyOf({ ...registration, visit: 5 }, 'civil-register'),
      keys.keyOf(registrationOf(ridOf(2), { visit: 4 }), 'civil-register'),
      keys.keyOf(registration, 'citizenship'),
    ];
    expect(new Set([key, ...others]).size).toBe(4);
  });

  it('stays the same while the registration waits, is given up and goes on, and is another when it begins anew', () => {
    const move = (from: Registration, state: RegistrationState, change: Partial<Registration> = {}): Registration =>
      moveTo(from, state, change, NOW);
    const visiting = move(registrationOf(ridOf(1), { state: 'IN_FLOW', stage: 'uin' }), 'IN_FLOW', {
      stage: 'civil-register',
    });
    const first = keys.keyOf(visiting, 'civil-register');
    const parked = { reason: 'paused' as const, until: NOW.toISOString() };
    const given = move(move(move(visiting, 'PARKED', { parked }), 'IN_FLOW'), 'DEAD_LETTER');
    expect(keys.keyOf(move(given, 'IN_FLOW', { attempts: 0 }), 'civil-register')).toBe(first);
    expect(keys.keyOf(newVisit(given), 'civil-register')).not.toBe(first);
    const back = move(move(visiting, 'IN_FLOW', { stage: 'uin' }), 'IN_FLOW', { stage: 'civil-register' });
    expect(keys.keyOf(back, 'civil-register')).not.toBe(first);
  });

  it('leads back to its registration, at its own stage and in its own core alone', () => {
    expect(keys.visitOf(key, 'civil-register')).toEqual({ rid: registration._id, visit: 4 });
    expect(keys.visitOf(key, 'citizenship')).toBeUndefined();
    expect(answerKeys(randomBytes(32)).visitOf(key, 'civil-register')).toBeUndefined();
  });

  it('tells nothing of the registration, and fits where it is kept', () => {
    expect(key).toMatch(/^[A-Za-z0-9_-]{60,128}$/);
    expect(Buffer.from(key, 'base64url').toString('latin1')).not.toContain(registration._id.slice(0, 10));
  });

  it('that was changed in any place, or is none, is not one of ours', () => {
    for (let at = 0; at < key.length; at++) {
      const changed = `${key.slice(0, at)}${key[at] === 'A' ? 'B' : 'A'}${key.slice(at + 1)}`;
      expect(keys.visitOf(changed, 'civil-register')).toBeUndefined();
    }
    for (const none of ['', 'A', `${key}=`, `${key}A`, 'a'.repeat(10_000), '%00'])
      expect(keys.visitOf(none, 'civil-register')).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { VerificationPlaces } from './verification-places.ts';

test('so many are verified at once, the others wait their turn, and those that are too many come again later', async () => {
  const places = new VerificationPlaces(2, 3);
  let atOnce = 0;
  let most = 0;
  const go = Promise.withResolvers<void>();
  const work = async (): Promise<string> => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await go.promise;
    atOnce -= 1;
    return 'verified';
  };
  const held = Array.from({ length: 5 }, () => places.hold(work));
  await expect(places.hold(work)).rejects.toMatchObject({ code: 'ENR-UPL-007', headers: { 'Retry-After': '15' } });
  go.resolve();
  expect(await Promise.all(held)).toEqual(Array.from({ length: 5 }, () => 'verified'));
  expect(most).toBe(2);
});

test('whoever waits too long for a place comes again later, and takes none from those behind', async () => {
  const places = new VerificationPlaces(1, 3, 20);
  const go = Promise.withResolvers<string>();
  const first = places.hold(() => go.promise);
  const late = places.hold(async () => 'never');
  await expect(late).rejects.toMatchObject({ code: 'ENR-UPL-007', headers: { 'Retry-After': '15' } });
  const next = places.hold(async () => 'verified');
  go.resolve('verified');
  expect(await Promise.all([first, next])).toEqual(['verified', 'verified']);
  expect(await places.hold(async () => 'verified')).toBe('verified');
});

test('a place is free again after work that failed', async () => {
  const places = new VerificationPlaces(1, 0);
  await expect(places.hold(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  expect(await places.hold(async () => 'verified')).toBe('verified');
});

/** The core's keys are changed while a station has packets in its queue: none of them is lost, and none is sealed for nothing. */
import { join } from 'node:path';
import { trustedCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { expect, it } from 'vitest';
import { until } from './channel.fixture.ts';
import { openCountry } from './country.fixture.ts';

const PATIENCE_MS = 40_000;

it('packets from before and after a rotation of the core are answered, and its new word is believed', {
  timeout: 60_000,
}, async () => {
  const country = await openCountry();
  const first = country.core().card;
  const before = await country.enrol(0);
  await country.rotateCoreKeys();
  const { card } = country.core();
  expect(card.epoch).toBe(first.epoch);
  expect(card.sealingKey).not.toEqual(first.sealingKey);

  country.link().open();
  const trusted = () => trustedCore(join(country.folder, 'station'));
  await until(async () => (await trusted()).signingKey.keyId === card.signingKey.keyId, 'the new keys', PATIENCE_MS);
  const after = await country.enrol(1);
  const ended = async (): Promise<boolean> => (await country.items()).every(({ state }) => state === 'TERMINAL');
  await until(ended, 'the end of both packets', PATIENCE_MS);

  const sealedFor = new Map((await country.items()).map(({ rid, manifest }) => [rid, manifest.packet.keyId]));
  expect(sealedFor.get(before.rids[0] ?? '')).toBe(first.sealingKey.keyId);
  expect(sealedFor.get(after.rids[0] ?? '')).toBe(card.sealingKey.keyId);
  for (const rid of [...before.rids, ...after.rids]) expect(await country.station().result(rid)).toHaveProperty('uin');
  expect(await trusted()).toMatchObject({ ...card, earlierSigningKeys: [first.signingKey] });
  expect(await country.core().conservation()).toMatchObject({ packetsIn: 2, heaps: { terminal: 2 }, holds: true });
});

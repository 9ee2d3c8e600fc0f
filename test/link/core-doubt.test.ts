import { openTestGateway, registered } from '@enroute/core/gateway/gateway.fixture.ts';
import { openCoreDoubt } from '@enroute/edge-agent/agent/core-doubt.ts';
import { openCoreEpoch } from '@enroute/edge-agent/agent/core-epoch.ts';
import { openTestDatabase } from '@enroute/edge-agent/queue/station-database.fixture.ts';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { signCoreWord } from '@enroute/shared/schemas/core-word.ts';
import { replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { openLink } from '@enroute/sync/link/open-link.fixture.ts';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';

it('A core that has lost count of its epochs is doubted, asked from the beginning, and believed when it has found it', async () => {
  const gateway = await openTestGateway({ now: () => new Date() });
  const station = await registered(gateway);
  const { signing, sealing, epoch } = gateway.keys;
  const { outgoing, incoming, master, counters } = (await openTestDatabase()).current();
  const offers: string[] = [];
  const known = await openCoreEpoch({
    master,
    station: station.number,
    core: { v: 1, epoch, signingKey: publicKeyOf(signing), sealingKey: publicKeyOf(sealing) },
    offer: async (next) => offers.push(next),
    onHighestRid: async () => undefined,
    log: pino({ level: 'silent' }),
  });
  const doubt = await openCoreDoubt(counters, () => new Date());
  const at = new Date().toISOString();
  const later = { v: 1, station: station.number, epoch: 'later', generation: 5, highestRid: null, at } as const;
  await known.hear(signCoreWord(later, signing));

  const hearCore = async (isInDoubt: boolean): Promise<void> => {
    const client = new GatewayClient({
      baseUrl: gateway.url,
      station: station.number,
      signingKey: station.signing,
      now: () => new Date(),
    });
    const channel = replicateChannel({
      client,
      link: openLink(),
      outgoing,
      incoming,
      pollMs: 20_000,
      knownEpoch: () => known.known,
      onCoreWord: (word) => known.hear(word),
      onPlace: (isOfKnownEpoch) => doubt.note(isOfKnownEpoch),
      onAccepted: async () => undefined,
      onRefused: async () => undefined,
      onUnreadable: () => undefined,
      onTrouble: () => undefined,
    });
    onTestFinished(() => client.close());
    await vi.waitFor(() => expect(doubt.since !== undefined).toBe(isInDoubt), { timeout: 10_000 });
    await channel.stop();
  };
  await hearCore(true);
  expect(known.known).toBe('later');
  Object.assign(gateway.keys, { generation: 6 });
  await hearCore(false);
  expect(known.known).toBe(epoch);
  expect(offers).toEqual(['later', epoch]);
});

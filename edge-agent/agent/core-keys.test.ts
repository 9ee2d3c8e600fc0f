import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { CORE_KEYS_ID, type Succession, signSuccession } from '@enroute/shared/schemas/key-rotation.ts';
import { type ReceiptBody, receiptId, signReceipt, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { describe, expect, it } from 'vitest';
import { liveCore } from '../keys/live.ts';
import { signerOf, trustCore, trustedCore, writeTrustedCore } from '../keys/trusted-core.ts';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { followCoreKeys } from './core-keys.ts';
import { openInbox } from './inbox.ts';

interface CorePairs {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
}

/** So many rotations of the core. */
function rotations(first: CorePairs, many: number): { pairs: CorePairs[]; successions: Succession[] } {
  const pairs = [first];
  const successions: Succession[] = [];
  for (let before = first; successions.length < many; ) {
    const next = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
    successions.push(signSuccession(before.signing, next, NOW));
    pairs.push(next);
    before = next;
  }
  return { pairs, successions };
}

async function openScene(agent: TestAgent) {
  const folder = await temporaryFolder();
  await trustCore(folder, agent.card);
  const core = liveCore(await trustedCore(folder));
  const { incoming } = agent.database.current();
  const inbox = openInbox(incoming, agent.queue, agent.identity, core.present, agent.log);
  const source = { incoming, station: STATION, core, log: agent.log };
  const keep = (next: Parameters<typeof writeTrustedCore>[1]) => writeTrustedCore(folder, next);
  const watch = await followCoreKeys({ ...source, keep, onFollowed: () => inbox.beginAnew() });
  const come = async (successions: readonly Succession[], station = STATION): Promise<void> => {
    await incoming.upsert({ id: CORE_KEYS_ID, body: { v: 1, station, successions } });
    await watch.stop();
  };
  return { folder, core, inbox, incoming, come };
}

describe("the core's new keys", () => {
  it('are followed over all rotations that were missed, durably, and receipts of any of them are believed', async () => {
    const agent = await openTestAgent();
    const scene = await openScene(agent);
    const { rid } = await agent.enrol();
    await agent.queue.move(rid, 'ANNOUNCED');
    await agent.queue.move(rid, 'EXPECTED');
    await agent.queue.move(rid, 'SENT');
    const { pairs, successions } = rotations(agent.core, 3);
    const digest = (await agent.queue.get(rid))?.manifest.packet.digest ?? '';
    const at = NOW.toISOString();
    const body: ReceiptBody = { v: 1, kind: 'RECEIVED', rid, station: STATION, digest, at, epoch: 'first' };
    const last = pairs.at(-1) ?? agent.core;
    // It came before the keys that it is signed with were known.
    await scene.incoming.insert({ id: receiptId(rid, 'RECEIVED'), body: { ...signReceipt(body, last.signing) } });
    await scene.inbox.catchUp();
    expect((await agent.queue.get(rid))?.state).toBe('SENT');
    await scene.come(successions);
    expect((await agent.queue.get(rid))?.state).toBe('RECEIVED');

    expect(scene.core.present.sealingKey).toEqual(publicKeyOf(last.sealing));
    const kept = await trustedCore(scene.folder);
    expect(kept).toMatchObject({ signingKey: publicKeyOf(last.signing), sealingKey: publicKeyOf(last.sealing) });
    for (const { signing } of pairs) {
      const receipt = signReceipt(body, signing);
      expect(verifyReceipt(receipt, signerOf(kept, receipt.signature))).toBe(true);
    }
    const stranger = signReceipt(body, newSigningKeyPair());
    expect(verifyReceipt(stranger, signerOf(kept, stranger.signature))).toBe(false);
    await scene.inbox.stop();
  });

  type Chains = (core: CorePairs) => readonly Succession[];
  const foreign: Chains = (core) => rotations({ ...core, signing: newSigningKeyPair() }, 2).successions;
  const posing: Chains = (core) => foreign(core).map((step) => ({ ...step, from: core.signing.keyId }));
  const own: Chains = (core) => rotations(core, 1).successions;

  it.each([
    ['begin at another key', foreign, STATION, 1],
    ['name the key that is trusted, which has not signed them', posing, STATION, 1],
    ['are for another station', own, '1000110078', 0],
  ] as const)('are not followed when they %s', async (_how, chain, station, complaints) => {
    const agent = await openTestAgent();
    const { core, come, inbox } = await openScene(agent);
    await come(chain(agent.core), station);
    expect(core.present.signingKey).toEqual(agent.card.signingKey);
    expect(agent.logs.filter(({ code }) => code === 'ENR-TRU-012')).toHaveLength(complaints);
    await inbox.stop();
  });
});

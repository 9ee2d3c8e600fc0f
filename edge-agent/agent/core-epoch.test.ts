import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { type CoreWordBody, signCoreWord } from '@enroute/shared/schemas/core-word.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { offerToEpoch } from './announcer.ts';
import { type CoreEpochSource, openCoreEpoch } from './core-epoch.ts';

interface Heard {
  readonly offers: string[];
  readonly rids: string[];
}

const open = (agent: TestAgent, heard: Heard, change: Partial<CoreEpochSource> = {}) =>
  openCoreEpoch({
    master: agent.database.current().master,
    station: agent.identity.station,
    core: agent.card,
    offer: async (epoch) => {
      heard.offers.push(epoch);
      return offerToEpoch(epoch, agent.queue, agent.database.current().outgoing);
    },
    onHighestRid: async (rid) => void heard.rids.push(rid),
    log: agent.log,
    ...change,
  });

const word = (agent: TestAgent, change: Partial<CoreWordBody> = {}, key = agent.core.signing) =>
  signCoreWord(
    {
      v: 1,
      station: agent.identity.station,
      epoch: 'second',
      generation: 1,
      highestRid: null,
      at: NOW.toISOString(),
      ...change,
    },
    key,
  );

const nothing = (): Heard => ({ offers: [], rids: [] });
const yearsAgo = new Date(0).toISOString();

describe('the core that a station knows', () => {
  it('is the one that it was made to trust, and that one has nothing offered again', async () => {
    const agent = await openTestAgent();
    const heard = nothing();
    const epoch = await open(agent, heard);
    expect(epoch.known).toBe('first');
    const rid = '10001100770001220260301100000';
    await epoch.hear(word(agent, { epoch: 'first', highestRid: rid }));
    expect(heard).toEqual({ offers: [], rids: [rid] });
  });

  it('of another epoch has everything offered once, and is known after a restart', async () => {
    const agent = await openTestAgent();
    const heard = nothing();
    const epoch = await open(agent, heard);
    await epoch.hear(word(agent));
    await epoch.hear(word(agent));
    expect(heard.offers).toEqual(['second']);
    const again = await open(agent, heard);
    expect(again.known).toBe('second');
    await again.hear(word(agent, { epoch: 'third', generation: 2 }));
    expect(heard.offers).toEqual(['second', 'third']);
  });

  it('is not known before all was offered: a crash in between begins anew', async () => {
    const agent = await openTestAgent();
    const crash = new Error('crash');
    const epoch = await open(agent, nothing(), { offer: () => Promise.reject(crash) });
    await expect(epoch.hear(word(agent))).rejects.toBe(crash);
    expect(epoch.known).toBe('first');
    const heard = nothing();
    const again = await open(agent, heard);
    expect(again.known).toBe('first');
    await again.hear(word(agent));
    expect(heard.offers).toEqual(['second']);
  });

  it('is not believed when someone else says it, for another station, or once more from before', async () => {
    const agent = await openTestAgent();
    const heard = nothing();
    const epoch = await open(agent, heard);
    await epoch.hear(word(agent, {}, newSigningKeyPair()));
    await epoch.hear({ ...word(agent), epoch: 'forged' });
    await epoch.hear(word(agent, { station: '1000110078' }));
    expect(heard.offers).toEqual([]);
    await epoch.hear(word(agent));
    await epoch.hear(word(agent, { epoch: 'first', generation: 0 }));
    await epoch.hear(word(agent, { epoch: 'of two cores', generation: 1 }));
    expect(epoch.known).toBe('second');
    expect(heard.offers).toEqual(['second']);
  });

  it('is believed whatever its clock says, when it was ahead once and has been set right', async () => {
    const agent = await openTestAgent();
    const heard = nothing();
    const epoch = await open(agent, heard);
    await epoch.hear(word(agent));
    await epoch.hear(word(agent, { at: yearsAgo }));
    await epoch.hear(word(agent, { epoch: 'third', generation: 2, at: yearsAgo }));
    expect(epoch.known).toBe('third');
    expect(heard.offers).toEqual(['second', 'third']);
    const again = await open(agent, heard);
    expect(again.known).toBe('third');
  });
});

describe('what is offered to a core of another epoch', () => {
  it('is all that it was told of and whose bytes are here, and nothing else', async () => {
    const agent = await openTestAgent();
    const { queue } = agent;
    const { outgoing } = agent.database.current();
    const at = async (...states: Parameters<typeof queue.move>[1][]): Promise<string> => {
      const { rid } = await agent.enrol();
      for (const state of states) await queue.move(rid, state, state === 'SET_ASIDE' ? { problem: 'ENR-MAN-003' } : {});
      return rid;
    };
    const held = [
      await at('ANNOUNCED'),
      await at('EXPECTED', 'UPLOADING'),
      await at('EXPECTED', 'SENT'),
      await at('RECEIVED'),
      await at('TERMINAL'),
      await at('SET_ASIDE'),
    ];
    const damaged = await at('ANNOUNCED');
    await queue.move(damaged, 'SET_ASIDE', { problem: 'ENR-STN-003' });
    const others = [await at(), await at('TERMINAL', 'RELEASED'), damaged];

    expect(await offerToEpoch('second', queue, outgoing)).toBe(held.length);
    const offered = (await outgoing.find().exec()).map(({ id }) => id);
    expect(offered.sort()).toEqual(held.map(manifestId).sort());
    for (const rid of held) expect(await queue.get(rid)).toMatchObject({ epoch: 'second' });
    for (const rid of others) expect((await queue.get(rid))?.epoch).toBeUndefined();

    expect(await offerToEpoch('second', queue, outgoing)).toBe(held.length);
    expect(await outgoing.count().exec()).toBe(held.length);
  });
});

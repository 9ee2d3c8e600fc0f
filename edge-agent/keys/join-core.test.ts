import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import type { InvitationToken } from '@enroute/shared/schemas/invitation.ts';
import { signEnrolled } from '@enroute/shared/schemas/station-enrolment.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import type { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';
import { describe, expect, it } from 'vitest';
import { joinCore } from './join-core.ts';

const STATION = '1000110077';
const AT = '2026-03-01T10:00:00.000Z';

function openScene() {
  const [core, keys] = [newSigningKeyPair(), { signing: newSigningKeyPair(), sealing: newSealingKeyPair() }];
  const [signingKey, sealingKey] = [publicKeyOf(keys.signing), publicKeyOf(keys.sealing)];
  const card: StationCard = { v: 1, station: STATION, signingKey, sealingKey, operators: [], supervisors: [] };
  const secret = 'A'.repeat(27);
  const token: InvitationToken = {
    v: 1,
    url: 'http://gateway/',
    station: STATION,
    core: publicKeyOf(core).key,
    secret,
  };
  const coreCard = { v: 1, epoch: 'first', signingKey: publicKeyOf(core), sealingKey } as const;
  const enrolled = { v: 1, station: STATION, core: coreCard, at: AT } as const;
  const ids = { signingKeyId: signingKey.keyId, sealingKeyId: sealingKey.keyId };
  /** @param answers one after the other; the last again and again */
  const join = (...answers: (object | Error)[]) => {
    const asked: unknown[] = [];
    const client = {
      request: async (request: { readonly body?: unknown }) => {
        asked.push(request.body);
        const answer = answers[Math.min(asked.length, answers.length) - 1];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    } as unknown as GatewayClient;
    const joined = joinCore({ client, token, card, keys, backOff: { baseMs: 0, capMs: 0 } });
    return { joined, asked };
  };
  return { core, coreCard, answer: { ...enrolled, ...ids }, join };
}

describe('the answer to an enrolment', () => {
  it('is asked for again, with the very same request, until it comes', async () => {
    const { core, coreCard, answer, join } = openScene();
    const busy = new Refusal('ENR-WEB-002', 503, undefined);
    const { joined, asked } = join(new LinkError('lost'), busy, new LinkError('lost'), signEnrolled(answer, core));
    expect(await joined).toEqual(coreCard);
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  it('is believed of the core in the token alone, and about this very station', async () => {
    const { core, answer, join } = openScene();
    const others = [
      signEnrolled(answer, newSigningKeyPair()),
      { ...signEnrolled(answer, core), at: '2026-03-01T10:00:01.000Z' },
      signEnrolled({ ...answer, station: '1000110078' }, core),
      signEnrolled({ ...answer, signingKeyId: core.keyId }, core),
    ];
    for (const one of others) await expect(join(one).joined).rejects.toMatchObject({ code: 'ENR-TRU-007' });
  });

  it('that is a refusal ends it, and a link that stays down does in the end', async () => {
    const { join } = openScene();
    const refused = join(new Refusal('ENR-TRU-004', 409, undefined));
    await expect(refused.joined).rejects.toMatchObject({ code: 'ENR-TRU-004' });
    expect(refused.asked).toHaveLength(1);
    const down = join(new LinkError('down'));
    await expect(down.joined).rejects.toThrow('down');
    expect(down.asked).toHaveLength(20);
  });
});

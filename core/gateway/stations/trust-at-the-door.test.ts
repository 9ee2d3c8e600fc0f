/** What a station may do in each of its states, at its channel, with its uploads and by courier. */
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { invitationKeyOf, invitingCore, parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import { signEnrolment } from '@enroute/shared/schemas/station-enrolment.ts';
import { describe, expect, it } from 'vitest';
import { listEntries } from '../../audit/list-entries.ts';
import { openTestCourier, outcomes } from '../../courier/courier.fixture.ts';
import { openStationAdministration } from '../../stations/station-administration.ts';
import type { StationState } from '../../stations/station-rights.ts';
import { announce, ask, registered, registrationOf, STATION, type TestGateway, tus } from '../gateway.fixture.ts';

const BY = 'noor';

async function move(gateway: TestGateway, state: StationState): Promise<void> {
  const administration = administrationOf(gateway);
  if (state === 'suspended') await administration.suspend(STATION, BY);
  if (state === 'draining') await administration.revoke(STATION, BY, 'accept');
  if (state === 'revoked') await administration.revoke(STATION, BY, 'refuse');
}

function administrationOf({ register, keys, url, options }: TestGateway) {
  return openStationAdministration({ register, keys, gateway: { url }, now: options.now });
}

describe.each([
  ['active', undefined],
  ['suspended', 'ENR-AUT-005'],
  ['draining', undefined],
  ['revoked', 'ENR-AUT-007'],
] as const)('a station that is %s', (state, refusal) => {
  it(`${refusal ? 'is kept out' : 'may bring what it has'}, by the link and by courier`, async () => {
    const courier = await openTestCourier();
    const { gateway } = courier;
    const station = await registered(gateway);
    const [announced, next, carried] = [station.packet(1), station.packet(2), station.packet(3)];
    await announce(gateway, station, announced);
    const bundle = await courier.pack(station, [carried]);
    await move(gateway, state);

    const refused = { status: 403, json: { error: refusal } };
    const expected = (status: number) => (refusal ? refused : { status });
    expect(await announce(gateway, station, next)).toMatchObject(expected(201));
    expect(await ask(gateway, station, 'GET', `channel-${STATION}/_changes`)).toMatchObject(expected(200));
    expect(await tus.create(gateway, station, announced)).toMatchObject(expected(201));
    const steps = await courier.take(bundle);
    if (refusal) expect(steps).toMatchObject([{ step: 'not-opened', problem: { code: refusal } }]);
    else expect(outcomes(steps, [carried])).toEqual(['0 taken']);
  });
});

describe('a machine whose number was given to another one', () => {
  it.each(['accept', 'refuse'] as const)(
    'comes in no more by the link; its packets on a stick: %s',
    async (queuedPackets) => {
      const courier = await openTestCourier();
      const { gateway } = courier;
      const before = await registered(gateway);
      const announced = before.packet(1);
      const carried = before.packet(2);
      await announce(gateway, before, announced);
      const bundle = await courier.pack(before, [carried]);

      const { token } = await administrationOf(gateway).invite(STATION, BY, { queuedPackets });
      const keys = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
      const card = {
        ...before.card,
        operators: [{ id: 'badu', signingKey: publicKeyOf(newSigningKeyPair()) }],
        signingKey: publicKeyOf(keys.signing),
        sealingKey: publicKeyOf(keys.sealing),
      };
      const parsed = parseInvitation(token);
      const body = signEnrolment(card, keys, invitationKeyOf(parsed), invitingCore(parsed));
      expect(await ask(gateway, undefined, 'POST', 'enrolments', { body })).toMatchObject({ status: 200 });

      const refused = { status: 401, json: { error: 'ENR-AUT-002' } };
      expect(await announce(gateway, before, before.packet(3))).toMatchObject(refused);
      expect(await tus.create(gateway, before, announced)).toMatchObject(refused);
      expect(await registrationOf(gateway, announced.rid)).toMatchObject({ state: 'ANNOUNCED' });
      const steps = await courier.take(bundle);
      if (queuedPackets === 'accept') expect(outcomes(steps, [carried])).toEqual(['0 taken']);
      else expect(steps).toMatchObject([{ step: 'not-opened', problem: { code: 'ENR-CRR-005' } }]);
    },
  );
});

describe('the door for enrolments', () => {
  it('notes who comes with a token and is refused: after another machine, or with keys that are not theirs', async () => {
    const { gateway } = await openTestCourier();
    const { token } = await administrationOf(gateway).invite(STATION, BY, {});
    const parsed = parseInvitation(token);
    const machine = () => {
      const keys = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
      const card = {
        v: 1 as const,
        station: STATION,
        operators: [{ id: 'badu', signingKey: publicKeyOf(newSigningKeyPair()) }],
        supervisors: [],
        signingKey: publicKeyOf(keys.signing),
        sealingKey: publicKeyOf(keys.sealing),
      };
      return { card, body: signEnrolment(card, keys, invitationKeyOf(parsed), invitingCore(parsed)) };
    };
    const [first, second] = [machine(), machine()];
    const enrol = (body: object) => ask(gateway, undefined, 'POST', 'enrolments', { body });
    const { proofs } = first.body;
    const thief = { ...second.body, proofs: { ...second.body.proofs, signing: proofs.signing } };
    const stranger = { ...second.body, proofs: { ...second.body.proofs, invitation: proofs.signing } };
    const answers = [await enrol(thief), await enrol(first.body), await enrol(second.body), await enrol(stranger)];
    expect(answers.map(({ status }) => status)).toEqual([403, 200, 409, 403]);
    const { entries } = await listEntries(gateway.databases.audit, 10);
    const keyOf = ({ card }: ReturnType<typeof machine>) => `station ${STATION} with key ${card.signingKey.keyId}`;
    expect(entries.filter(({ act }) => act === 'station.enrol').toReversed()).toMatchObject([
      { by: 'anyone', done: keyOf(second), outcome: 'ENR-TRU-005' },
      { by: 'anyone', done: keyOf(first), outcome: 'done' },
      { by: 'anyone', done: keyOf(second), outcome: 'ENR-TRU-004' },
    ]);
  });

  it('answers what is no enrolment with a code, and lets nothing in', async () => {
    const { gateway } = await openTestCourier();
    for (const body of [{}, [], { v: 1 }, { v: 1, core: 'x', card: {}, proofs: {} }]) {
      const answer = await ask(gateway, undefined, 'POST', 'enrolments', { body });
      expect(answer).toMatchObject({ status: 400, json: { error: 'ENR-WEB-006' } });
    }
    expect(await gateway.register.list()).toEqual([]);
  });
});

import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import { signStationKeys } from '@enroute/shared/schemas/key-rotation.ts';
import { isEnrolledAs } from '@enroute/shared/schemas/station-enrolment.ts';
import { describe, expect, it } from 'vitest';
import { coreCardOf } from '../keys.ts';
import { rotateStationKeys } from './rotate-keys.ts';
import { ADMINISTRATOR, newMachine, OTHER_STATION, openTestTrust, STATION, type TestTrust } from './trust.fixture.ts';

const HOUR_MS = 60 * 60 * 1000;

async function invite(trust: TestTrust, station = STATION): Promise<string> {
  return (await trust.administration.invite(station, ADMINISTRATOR)).token;
}

describe('a machine with an enrolment token', () => {
  it('is the station from then on, and learns which core that is from a key that it knew before', async () => {
    const trust = await openTestTrust();
    const machine = newMachine();
    const enrolled = await trust.enrol(machine.enrolment(await invite(trust)));
    expect(isEnrolledAs(enrolled, machine.card, publicKeyOf(trust.keys.signing))).toBe(true);
    expect(enrolled.core).toEqual(coreCardOf(trust.keys));
    expect(await trust.register.get(STATION)).toEqual({ card: machine.card, state: 'active' });
    expect(await trust.administration.describe(STATION)).toMatchObject({ state: 'active', by: ADMINISTRATOR });
  });

  it('gets the same answer as often as it asks until the token expires, and is written once', async () => {
    const trust = await openTestTrust();
    const [token, machine] = [await invite(trust), newMachine()];
    const first = await trust.enrol(machine.enrolment(token));
    const { updateSeq } = await trust.databases.stations.info();
    for (let lost = 0; lost < 3; lost += 1) expect(await trust.enrol(machine.enrolment(token))).toEqual(first);
    expect((await trust.databases.stations.info()).updateSeq).toBe(updateSeq);
    trust.clock.now = new Date(trust.clock.now.getTime() + 24 * HOUR_MS);
    await expect(trust.enrol(machine.enrolment(token))).rejects.toMatchObject({ code: 'ENR-TRU-003' });
  });

  it('is the only one: of two that race at two gateways exactly one wins', async () => {
    for (let round = 0; round < 5; round += 1) {
      const trust = await openTestTrust();
      const [token, other] = [await invite(trust), trust.otherRegister()];
      const machines = [newMachine(), newMachine()];
      const asked = await Promise.allSettled(
        machines.map((machine, place) => trust.enrol(machine.enrolment(token), place === 0 ? trust.register : other)),
      );
      const won = asked.findIndex(({ status }) => status === 'fulfilled');
      expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ENR-TRU-004' } });
      expect(await trust.register.card(STATION)).toEqual(machines[won]?.card);
    }
  });

  it('is refused with one that was withdrawn, replaced, has expired, or is for another station or core', async () => {
    const trust = await openTestTrust();
    const machine = newMachine();
    const refused = async (enrolment: ReturnType<typeof machine.enrolment>, code: string): Promise<void> => {
      await expect(trust.enrol(enrolment)).rejects.toMatchObject({ code });
      await expect(trust.register.get(STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
    };
    const replaced = await invite(trust);
    const withdrawn = await invite(trust);
    await refused(machine.enrolment(replaced), 'ENR-TRU-002');
    await trust.administration.withdraw(STATION);
    await refused(machine.enrolment(withdrawn), 'ENR-TRU-002');
    await refused(machine.enrolment(await invite(trust, OTHER_STATION)), 'ENR-TRU-002');
    const elsewhere = await openTestTrust();
    await refused(machine.enrolment(await invite(elsewhere)), 'ENR-TRU-002');
    const late = await invite(trust);
    trust.clock.now = new Date(trust.clock.now.getTime() + 24 * HOUR_MS);
    await refused(machine.enrolment(late), 'ENR-TRU-003');
  });

  it('is refused without the token, whatever it guesses, and is told no more than that', async () => {
    const trust = await openTestTrust();
    const machine = newMachine();
    await invite(trust);
    const guess = await invite(await openTestTrust());
    const { core } = machine.enrolment(await invite(trust));
    for (const station of [STATION, OTHER_STATION]) {
      const forged = { ...newMachine(station).enrolment(guess), core };
      await expect(trust.enrol(forged)).rejects.toMatchObject({ code: 'ENR-TRU-002' });
    }
  });

  it('is refused when the keys in its card are not its own', async () => {
    const trust = await openTestTrust();
    const token = await invite(trust);
    const machine = newMachine();
    const victim = newMachine().card;
    for (const foreign of [{ signingKey: victim.signingKey }, { sealingKey: victim.sealingKey }]) {
      const enrolment = machine.enrolment(token, { ...machine.card, ...foreign });
      await expect(trust.enrol(enrolment)).rejects.toMatchObject({ code: 'ENR-TRU-005' });
    }
    const good = machine.enrolment(token);
    const swapped = { ...good, card: { ...good.card, operators: [] } };
    await expect(trust.enrol(swapped)).rejects.toMatchObject({ code: 'ENR-TRU-002' });
    await trust.enrol(good);
  });

  it('shows nobody the secret: what is stored and what is sent do not hold it', async () => {
    const trust = await openTestTrust();
    const token = await invite(trust);
    const { secret } = parseInvitation(token);
    const sent = JSON.stringify(newMachine().enrolment(token));
    const stored = JSON.stringify(await trust.databases.stations.get(STATION));
    expect(stored).toContain('invitation');
    for (const text of [sent, stored]) expect(text).not.toContain(secret);
  });
});

describe('another machine under the number of a station', () => {
  it('takes its place: what the machine before signs counts no longer, or does if the invitation says so', async () => {
    for (const queuedPackets of ['accept', 'refuse'] as const) {
      const trust = await openTestTrust();
      const [before, after] = [newMachine(), newMachine()];
      await trust.enrol(before.enrolment(await invite(trust)));
      const { token } = await trust.administration.invite(STATION, ADMINISTRATOR, { queuedPackets });
      await trust.enrol(after.enrolment(token));
      const cards = await trust.register.cardsInForce(STATION);
      expect(cards).toEqual(queuedPackets === 'accept' ? [after.card, before.card] : [after.card]);
      expect((await trust.administration.describe(STATION)).keys).toMatchObject([
        { why: 'present', until: null },
        { why: 'replaced', queuedPackets, signingKeyId: before.card.signingKey.keyId },
      ]);
    }
  });

  it('has keys of its own: those that were given up or revoked never come back', async () => {
    const trust = await openTestTrust();
    const [before, after] = [newMachine(), newMachine()];
    await trust.enrol(before.enrolment(await invite(trust)));
    await trust.enrol(after.enrolment(await invite(trust)));
    const again = before.enrolment(await invite(trust));
    await expect(trust.enrol(again)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
    await expect(trust.register.register(before.card)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
    await trust.administration.revoke(STATION, ADMINISTRATOR, 'refuse');
    const revoked = after.enrolment(await invite(trust));
    await expect(trust.enrol(revoked)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
    const half = newMachine();
    const mixed = { ...half.card, sealingKey: publicKeyOf(newSealingKeyPair()), signingKey: after.card.signingKey };
    await expect(trust.register.register(mixed)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
    await trust.enrol(half.enrolment(await invite(trust)));
    expect(await trust.register.get(STATION)).toEqual({ card: half.card, state: 'active' });
  });

  it('leaves behind no more cards than are of use, and none of its keys ever comes back', async () => {
    const trust = await openTestTrust();
    const before = newMachine();
    await trust.enrol(before.enrolment(await invite(trust)));
    for (let bulk = 0; bulk < 20; bulk += 1) {
      const { token } = await trust.administration.invite(STATION, ADMINISTRATOR, { queuedPackets: 'refuse' });
      await trust.enrol(newMachine().enrolment(token));
    }
    const { keys } = await trust.administration.describe(STATION);
    // Bounded, however often it happens.
    expect(keys).toHaveLength(13);
    expect(await trust.register.cardsInForce(STATION)).toHaveLength(1);
    const again = before.enrolment(await invite(trust));
    await expect(trust.enrol(again)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
  });

  it('does not shut out what the one before has sealed by changing its own keys, however often', async () => {
    const trust = await openTestTrust();
    const [before, after] = [newMachine(), newMachine()];
    await trust.enrol(before.enrolment(await invite(trust)));
    const { token } = await trust.administration.invite(STATION, ADMINISTRATOR, { queuedPackets: 'accept' });
    await trust.enrol(after.enrolment(token));
    let own = after.keys;
    for (let rotations = 0; rotations < 20; rotations += 1) {
      const next = newMachine().keys;
      const statement = signStationKeys(STATION, own.signing, next, publicKeyOf(trust.keys.signing));
      await rotateStationKeys(STATION, statement, { ...trust, now: () => trust.clock.now });
      own = next;
    }
    const cards = await trust.register.cardsInForce(STATION);
    expect(cards).toHaveLength(14);
    expect(cards.map(({ signingKey }) => signingKey)).toContainEqual(before.card.signingKey);
    // The first that was rotated away has no card any more, and is given up all the same.
    await expect(trust.register.register(after.card)).rejects.toMatchObject({ code: 'ENR-TRU-006' });
  });

  it('may be the same machine, with people who are new: its keys stay, and nothing is given up', async () => {
    const trust = await openTestTrust();
    const machine = newMachine();
    await trust.enrol(machine.enrolment(await invite(trust)));
    const supervisors = [{ id: 'salim', signingKey: publicKeyOf(newSigningKeyPair()) }];
    const card = { ...machine.card, supervisors };
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    await trust.enrol(machine.enrolment(await invite(trust), card));
    expect(await trust.register.get(STATION)).toEqual({ card, state: 'active' });
    expect((await trust.administration.describe(STATION)).keys).toHaveLength(1);
  });
});

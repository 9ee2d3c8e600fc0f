import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { signStationKeys, verifyStationKeysTaken } from '@enroute/shared/schemas/key-rotation.ts';
import type { StationKeys } from '@enroute/shared/schemas/station-enrolment.ts';
import { describe, expect, it } from 'vitest';
import { invitationForPrint, invitationForTerminal } from './invitation-qr.ts';
import { rotateStationKeys } from './rotate-keys.ts';
import type { StationState } from './station-rights.ts';
import {
  ADMINISTRATOR,
  newMachine,
  openTestTrust,
  STATION,
  type TestMachine,
  type TestTrust,
} from './trust.fixture.ts';

async function openWithStation(): Promise<{ trust: TestTrust; machine: TestMachine }> {
  const trust = await openTestTrust();
  const machine = newMachine();
  await trust.register.register(machine.card);
  return { trust, machine };
}

describe('an administrator', () => {
  it('moves a station between its states as the table says, and repeats change nothing', async () => {
    type Act = (trust: TestTrust) => Promise<void>;
    const suspend: Act = ({ administration }) => administration.suspend(STATION, ADMINISTRATOR);
    const reinstate: Act = ({ administration }) => administration.reinstate(STATION, ADMINISTRATOR);
    const drain: Act = ({ administration }) => administration.revoke(STATION, ADMINISTRATOR, 'accept');
    const revoke: Act = ({ administration }) => administration.revoke(STATION, ADMINISTRATOR, 'refuse');
    const cases: [before: Act[], act: Act, after: StationState | 'refused'][] = [
      [[], suspend, 'suspended'],
      [[suspend], suspend, 'suspended'],
      [[suspend], reinstate, 'active'],
      [[], reinstate, 'active'],
      [[], drain, 'draining'],
      [[suspend], revoke, 'revoked'],
      [[drain], revoke, 'revoked'],
      [[drain], reinstate, 'refused'],
      [[drain], suspend, 'refused'],
      [[revoke], reinstate, 'refused'],
      [[revoke], drain, 'refused'],
    ];
    for (const [before, act, after] of cases) {
      const { trust } = await openWithStation();
      for (const one of before) await one(trust);
      if (after === 'refused') await expect(act(trust)).rejects.toMatchObject({ code: 'ENR-TRU-008' });
      else {
        await act(trust);
        expect((await trust.register.get(STATION)).state).toBe(after);
      }
    }
  });

  it('is told by whom and since when, and which invitation is open', async () => {
    const { trust } = await openWithStation();
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    const { expiresAt } = await trust.administration.invite(STATION, ADMINISTRATOR, { validHours: 2 });
    const since = trust.clock.now.toISOString();
    const told = await trust.administration.describe(STATION);
    expect(told).toMatchObject({ state: 'suspended', since, by: ADMINISTRATOR, invitation: { expiresAt } });
    expect(expiresAt).toBe('2026-03-01T12:00:00.000Z');
    trust.clock.now = new Date(expiresAt);
    expect(await trust.administration.describe(STATION)).not.toHaveProperty('invitation');
  });

  it('invites a number that is not known yet: it is in no list and may nothing until it is enrolled', async () => {
    const trust = await openTestTrust();
    await trust.administration.invite(STATION, ADMINISTRATOR);
    expect(await trust.administration.describe(STATION)).toMatchObject({ state: 'invited', card: null, keys: [] });
    expect(await trust.register.list()).toEqual([]);
    const nothing = { code: 'ENR-AUT-004' };
    await expect(trust.register.get(STATION)).rejects.toMatchObject(nothing);
    await expect(trust.administration.suspend(STATION, ADMINISTRATOR)).rejects.toMatchObject(nothing);
    await expect(trust.administration.describe('1000110099')).rejects.toMatchObject(nothing);
  });

  it('takes the open invitation back by revoking', async () => {
    const { trust } = await openWithStation();
    const { token } = await trust.administration.invite(STATION, ADMINISTRATOR);
    await trust.administration.revoke(STATION, ADMINISTRATOR, 'refuse');
    await expect(trust.enrol(newMachine().enrolment(token))).rejects.toMatchObject({ code: 'ENR-TRU-002' });
  });

  it('takes the open invitation back by suspending, and by a card with new keys: it would undo either', async () => {
    const { trust } = await openWithStation();
    const refused = { code: 'ENR-TRU-002' };
    const before = await trust.administration.invite(STATION, ADMINISTRATOR);
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    await expect(trust.enrol(newMachine().enrolment(before.token))).rejects.toMatchObject(refused);
    expect((await trust.register.get(STATION)).state).toBe('suspended');
    // One that is made for it afterwards is meant.
    const meant = await trust.administration.invite(STATION, ADMINISTRATOR);
    const [other, stranger] = [newMachine(), newMachine()];
    await trust.register.register(other.card);
    await expect(trust.enrol(stranger.enrolment(meant.token))).rejects.toMatchObject(refused);
    expect((await trust.register.get(STATION)).card).toEqual(other.card);
  });

  it('still answers a machine that has used its invitation, and was suspended before it heard so', async () => {
    const trust = await openTestTrust();
    const machine = newMachine();
    const { token } = await trust.administration.invite(STATION, ADMINISTRATOR);
    const answered = await trust.enrol(machine.enrolment(token));
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    expect(await trust.enrol(machine.enrolment(token))).toEqual(answered);
    expect((await trust.register.get(STATION)).state).toBe('suspended');
  });

  it("replaces the people of a card, and not the station's keys", async () => {
    const { trust, machine } = await openWithStation();
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    const card = { ...machine.card, supervisors: machine.card.operators };
    await trust.administration.replaceCard(card);
    expect(await trust.register.get(STATION)).toEqual({ card, state: 'suspended' });
    const other = trust.administration.replaceCard(newMachine().card);
    await expect(other).rejects.toMatchObject({ code: 'ENR-TRU-009' });
  });

  it('and another at another gateway undo nothing of each other', async () => {
    const { trust, machine } = await openWithStation();
    const other = trust.otherRegister();
    const card = { ...machine.card, operators: [] };
    await Promise.all([
      trust.administration.suspend(STATION, ADMINISTRATOR),
      other.register(card),
      other.noteSeen(STATION),
    ]);
    const told = await trust.administration.describe(STATION);
    expect(told).toMatchObject({ state: 'suspended', card: { operators: [] } });
    await Promise.all([
      trust.administration.reinstate(STATION, ADMINISTRATOR),
      other.register(machine.card),
      trust.administration.invite(STATION, ADMINISTRATOR),
    ]);
    const then = await trust.administration.describe(STATION);
    expect(then).toMatchObject({ state: 'active', card: machine.card, invitation: { by: ADMINISTRATOR } });
  });

  it('prints a token that a camera reads', async () => {
    const trust = await openTestTrust();
    const { token } = await trust.administration.invite(STATION, ADMINISTRATOR);
    expect(token.length).toBeLessThan(400);
    expect(invitationForPrint(token)).toMatch(/^<svg/);
    expect(invitationForTerminal(token).split('\n').length).toBeLessThan(60);
  });
});

describe('a document of the register from before', () => {
  it('is read, without what it does not tell', async () => {
    const { trust } = await openWithStation();
    const { card } = newMachine('1000110079');
    await trust.databases.stations.write([{ _id: card.station, state: 'suspended', card } as never]);
    expect(await trust.register.get(card.station)).toEqual({ card, state: 'suspended' });
    expect(await trust.administration.describe(card.station)).toMatchObject({ since: null, by: null });
    await trust.administration.reinstate(card.station, ADMINISTRATOR);
    expect((await trust.register.get(card.station)).state).toBe('active');
  });
});

describe("a station's new keys", () => {
  const newKeys = (): StationKeys => ({ signing: newSigningKeyPair(), sealing: newSealingKeyPair() });

  it('take the place of the old ones, which stay good for what they have signed', async () => {
    const { trust, machine } = await openWithStation();
    const [next, core] = [newKeys(), publicKeyOf(trust.keys.signing)];
    const statement = signStationKeys(STATION, machine.keys.signing, next, core);
    const taken = await rotateStationKeys(STATION, statement, { ...trust, now: () => trust.clock.now });
    expect(verifyStationKeysTaken(taken, core)).toBe(true);
    expect(taken).toMatchObject({ signingKeyId: next.signing.keyId, sealingKeyId: next.sealing.keyId });
    const [present, before] = await trust.register.cardsInForce(STATION);
    expect(present).toEqual({
      ...machine.card,
      signingKey: publicKeyOf(next.signing),
      sealingKey: publicKeyOf(next.sealing),
    });
    expect(before).toEqual(machine.card);
  });

  it('may be sent again and again: the answer is the same, and nothing more is written', async () => {
    const { trust, machine } = await openWithStation();
    const statement = signStationKeys(STATION, machine.keys.signing, newKeys(), publicKeyOf(trust.keys.signing));
    const rotate = () => rotateStationKeys(STATION, statement, { ...trust, now: () => trust.clock.now });
    const first = await rotate();
    const { updateSeq } = await trust.databases.stations.info();
    expect(await rotate()).toEqual(first);
    expect((await trust.databases.stations.info()).updateSeq).toBe(updateSeq);
  });

  it('are refused when the old key did not sign them, they are not the station’s own, or were given up', async () => {
    const { trust, machine } = await openWithStation();
    const core = publicKeyOf(trust.keys.signing);
    const rotate = (statement: ReturnType<typeof signStationKeys>) =>
      rotateStationKeys(STATION, statement, { ...trust, now: () => trust.clock.now });
    const good = signStationKeys(STATION, machine.keys.signing, newKeys(), core);
    const victim = newKeys();
    const cases = [
      signStationKeys(STATION, newSigningKeyPair(), newKeys(), core),
      signStationKeys('1000110078', machine.keys.signing, newKeys(), core),
      { ...good, sealingKey: publicKeyOf(victim.sealing) },
      { ...good, signingKey: publicKeyOf(victim.signing) },
      { ...good, proofs: { ...good.proofs, signing: good.proofs.from } },
      signStationKeys(STATION, machine.keys.signing, newKeys(), publicKeyOf(newSigningKeyPair())),
    ];
    for (const statement of cases) await expect(rotate(statement)).rejects.toMatchObject({ code: 'ENR-TRU-010' });
    const next = newKeys();
    await rotate(signStationKeys(STATION, machine.keys.signing, next, core));
    const back = signStationKeys(STATION, next.signing, machine.keys, core);
    await expect(rotate(back)).rejects.toMatchObject({ code: 'ENR-TRU-010' });
    expect(await trust.register.card(STATION)).toMatchObject({ signingKey: publicKeyOf(next.signing) });
  });

  it('are refused of a station that was suspended meanwhile', async () => {
    const { trust, machine } = await openWithStation();
    const statement = signStationKeys(STATION, machine.keys.signing, newKeys(), publicKeyOf(trust.keys.signing));
    await trust.administration.suspend(STATION, ADMINISTRATOR);
    const asked = rotateStationKeys(STATION, statement, { ...trust, now: () => trust.clock.now });
    await expect(asked).rejects.toMatchObject({ code: 'ENR-TRU-010' });
  });
});

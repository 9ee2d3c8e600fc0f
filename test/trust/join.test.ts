/** A machine with nothing but a token becomes a station, over a way that loses answers. */
import { join } from 'node:path';
import { openTestGateway, STATION } from '@enroute/core/gateway/gateway.fixture.ts';
import { openStationAdministration } from '@enroute/core/stations/station-administration.ts';
import { runStation, SECRETS } from '@enroute/edge-agent/cli/desk.fixture.ts';
import { EXIT } from '@enroute/edge-agent/cli/exit-codes.ts';
import { beginRotation } from '@enroute/edge-agent/keys/key-rotation.ts';
import { createPerson } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, hasIdentity, openIdentity } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustedCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { temporaryFolder } from '@enroute/edge-agent/queue/station-database.fixture.ts';
import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { formatInvitation, parseInvitation } from '@enroute/shared/schemas/invitation.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { describe, expect, it } from 'vitest';
import { openLossyWay } from './lossy-gateway.fixture.ts';

const PASSPHRASE = SECRETS.ENROUTE_STATION_PASSPHRASE;

async function openScene() {
  const gateway = await openTestGateway();
  const way = await openLossyWay(gateway.url);
  const { register, keys } = gateway;
  const now = (): Date => gateway.options.now();
  const administration = openStationAdministration({ register, keys, gateway: { url: way.url }, now });
  const folder = join(await temporaryFolder(), 'station');
  const run = (args: string[], input = '') =>
    runStation([...args, '--folder', folder], SECRETS, { readInput: async () => input });
  const invite = async (): Promise<string> => (await administration.invite(STATION, 'noor')).token;
  return { gateway, way, folder, run, invite };
}

describe('a machine with an enrolment token', () => {
  it('makes its keys, is taken in although three answers are lost, and says what comes next', async () => {
    const { gateway, way, folder, run, invite } = await openScene();
    way.lose = 3;
    const joined = await run(['join', '-', '--json'], `${await invite()}\n`);
    expect(joined).toMatchObject({ code: EXIT.done });
    expect(joined.json()).toMatchObject({ station: STATION, gateway: way.url, keysMade: true, people: [] });
    expect(way.asked).toEqual(Array.from({ length: 4 }, () => 'POST /enrolments'));
    const { signing } = await openIdentity(folder, PASSPHRASE);
    expect((await gateway.register.card(STATION)).signingKey).toEqual(publicKeyOf(signing));
    expect(await trustedCore(folder)).toMatchObject(gateway.options.card);
    expect(joined.out + joined.err).not.toContain('planted');
  }, 30_000);

  it('tells the core of the people that it has, and keeps the keys that it has', async () => {
    const { gateway, folder, run, invite } = await openScene();
    await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
    await createPerson(folder, 'amina', ['operator', 'supervisor'], 'a long password', QUICK_COST);
    const before = await openIdentity(folder, PASSPHRASE);
    const joined = await run(['join', await invite()]);
    expect(joined).toMatchObject({ code: EXIT.done, out: expect.stringContaining('who works here: amina') });
    expect(joined.out).toContain('enroute station start');
    expect(await openIdentity(folder, PASSPHRASE)).toEqual(before);
    const card = await gateway.register.card(STATION);
    expect([card.operators, card.supervisors]).toMatchObject([[{ id: 'amina' }], [{ id: 'amina' }]]);
  });

  it('does not trust whoever answers without the key in the token', async () => {
    const { gateway, run, folder, invite } = await openScene();
    const token = parseInvitation(await invite());
    const posing = formatInvitation({ ...token, core: publicKeyOf(newSigningKeyPair()).key });
    expect((await run(['join', posing, '--json'])).json()).toMatchObject({ error: 'ENR-TRU-002' });
    expect((await run(['status'])).err).toContain('ENR-STN-004');
    await expect(gateway.register.get(STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
    expect(hasIdentity(folder)).toBe(true);
  });

  it('ends a change of its keys that was begun before it uses the token', async () => {
    const { gateway, run, folder, invite } = await openScene();
    const identity = await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
    await beginRotation(identity, { folder, passphrase: PASSPHRASE });
    const joined = await run(['join', await invite(), '--json']);
    expect(joined.json()).toMatchObject({ error: 'ENR-TRU-016', next: expect.stringContaining('rotate-keys') });
    await expect(gateway.register.get(STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
  });

  it('is told what is wrong with the token, and nothing of the token', async () => {
    const { gateway, run, folder, invite } = await openScene();
    const token = await invite();
    const cut = await run(['join', token.slice(0, -30), '--json']);
    expect(cut).toMatchObject({ code: EXIT.wrongUsage });
    expect(cut.json()).toMatchObject({ error: 'ENR-TRU-001' });
    const ca = formatInvitation({ ...parseInvitation(token), ca: 'a'.repeat(64) });
    expect((await run(['join', ca, '--json'])).json()).toMatchObject({ error: 'ENR-TRU-014' });
    await createIdentity(folder, '1000110078', PASSPHRASE, QUICK_COST);
    const other = await run(['join', token, '--json']);
    expect(other.json()).toMatchObject({ error: 'ENR-TRU-013' });
    for (const { out, err } of [cut, other]) expect(out + err).not.toContain(parseInvitation(token).secret);
    await expect(gateway.register.get(STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
  });
});

import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import { DEFAULT_STATION_LIMITS } from '@enroute/shared/policy/station-limits.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { countersign, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it } from 'vitest';
import type { CoreDatabases } from '../../databases.ts';
import { type Doc, StoreError } from '../../store/store.ts';
import {
  announce,
  ask,
  newStation,
  OTHER_STATION,
  openTestGateway,
  registered,
  registrationOf,
  STATION,
  signAll,
  type TestGateway,
  type TestPacket,
  type TestStation,
} from '../gateway.fixture.ts';

const CHANNEL = `channel-${STATION}`;

async function open(): Promise<{ gateway: TestGateway; station: TestStation }> {
  const gateway = await openTestGateway();
  return { gateway, station: await registered(gateway) };
}

function push(gateway: TestGateway, station: TestStation, docs: readonly object[]) {
  return ask(gateway, station, 'POST', `${CHANNEL}/_bulk_docs`, { body: { docs } });
}

/** The packet's manifest as a document, changed after it was signed. */
function tampered({ rid, manifest }: TestPacket, change: object): object {
  return { _id: `manifest:${rid}`, ...manifest, ...change };
}

describe('a manifest', () => {
  it('is a registration before the station gets its answer', async () => {
    const { gateway, station } = await open();
    const packet = station.packet(1);
    const answer = await announce(gateway, station, packet);
    expect(answer).toMatchObject({ status: 201, json: [{ id: `manifest:${packet.rid}`, ok: true }] });
    expect(await registrationOf(gateway, packet.rid)).toMatchObject({
      state: 'ANNOUNCED',
      station: STATION,
      packet: packet.manifest.packet,
      priority: 'normal',
    });
  });

  it('is not in the channel when its registration could not be written', async () => {
    const failing = (databases: CoreDatabases): CoreDatabases => ({
      ...databases,
      registrations: {
        ...databases.registrations,
        write: async () => {
          throw new StoreError('no space on the core’s disk', { transient: true });
        },
      } as CoreDatabases['registrations'],
    });
    const gateway = await openTestGateway({ databases: failing });
    const station = await registered(gateway);
    const packet = station.packet(1);
    const answer = await announce(gateway, station, packet);
    expect(answer).toMatchObject({ status: 503, json: { error: 'ENR-WEB-002' } });
    expect(answer.text).not.toContain('space');
    const channel = await gateway.databases.channel(STATION);
    expect(await channel.get(`manifest:${packet.rid}`)).toBeUndefined();
  });

  it('changes nothing when it comes again, and is answered the same', async () => {
    const { gateway, station } = await open();
    const packet = station.packet(1);
    const first = await announce(gateway, station, packet);
    const before = await registrationOf(gateway, packet.rid);
    expect((await announce(gateway, station, packet)).json).toEqual(first.json);
    expect((await announce(gateway, station, packet, packet)).json).toEqual([first.json, first.json].flat());
    expect(await registrationOf(gateway, packet.rid)).toEqual(before);
  });

  it('completes what a crash between registration and channel has left', async () => {
    const { gateway, station } = await open();
    const packet = station.packet(1);
    await announce(gateway, station, packet);
    const channel = await gateway.databases.channel(STATION);
    const doc = await channel.get(`manifest:${packet.rid}`);
    await channel.write([{ _id: `manifest:${packet.rid}`, _rev: doc?._rev, _deleted: true }]);
    expect((await announce(gateway, station, packet)).json).toMatchObject([{ ok: true }]);
    expect(await channel.get(`manifest:${packet.rid}`)).toMatchObject({ rid: packet.rid });
  });

  it('of another packet under the same RID is refused, also within one request', async () => {
    const { gateway, station } = await open();
    const [first, second] = [station.packet(1), station.packet(1)];
    expect((await announce(gateway, station, first, second)).json).toMatchObject([
      { ok: true },
      { error: 'forbidden', reason: 'ENR-MAN-005' },
    ]);
    const other = signAll(
      { ...first.manifest, operator: 'amina', process: 'CORRECTION', corrects: second.rid },
      station.signing,
      station.operator,
    );
    expect((await push(gateway, station, [tampered(first, other)])).json).toMatchObject([{ reason: 'ENR-MAN-005' }]);
    expect(await registrationOf(gateway, first.rid)).toMatchObject({ packet: first.manifest.packet, process: 'NEW' });
  });

  it('is never written over, even with the right revision', async () => {
    const { gateway, station } = await open();
    const packet = station.packet(1);
    await announce(gateway, station, packet);
    const channel = await gateway.databases.channel(STATION);
    const before = await channel.get(`manifest:${packet.rid}`);
    const urgent = signAll({ ...packet.manifest, priority: 'urgent' }, station.signing, station.operator);
    await push(gateway, station, [tampered(packet, { ...urgent, _rev: before?._rev })]);
    expect(await channel.get(`manifest:${packet.rid}`)).toEqual(before);
  });

  it('is refused with the reason, and does not hold up the others of the request', async () => {
    const { gateway, station } = await open();
    const stranger = newSigningKeyPair();
    const good = station.packet(1);
    const resign = (sequence: number, change: object): object => {
      const { rid, manifest } = station.packet(sequence);
      return { _id: `manifest:${rid}`, ...signAll({ ...manifest, ...change }, station.signing, station.operator) };
    };
    const elsewhere = `${OTHER_STATION}0000120260301100000`;
    const cases: [reason: string, doc: object][] = [
      ['ENR-MAN-001', tampered(station.packet(2), { priority: 'soon' })],
      ['ENR-MAN-001', tampered(station.packet(3), { surprise: 1 })],
      ['ENR-MAN-001', { ...tampered(station.packet(4), {}), _id: `manifest:${good.rid}` }],
      ['ENR-MAN-002', tampered(station.packet(5), { createdAt: '2026-03-01T10:00:01.000Z' })],
      [
        'ENR-MAN-002',
        { ...tampered(station.packet(6), {}), ...signAll(station.packet(6).manifest, stranger, station.operator) },
      ],
      [
        'ENR-MAN-003',
        { ...tampered(station.packet(7), {}), ...signAll(station.packet(7).manifest, station.signing, stranger) },
      ],
      ['ENR-MAN-003', resign(8, { operator: 'nobody' })],
      ['ENR-MAN-004', { ...resign(9, { rid: elsewhere }), _id: `manifest:${elsewhere}` }],
      ['ENR-MAN-004', resign(10, { station: OTHER_STATION })],
      ['ENR-PKT-005', resign(11, { packet: { ...station.packet(11).manifest.packet, keyId: '0'.repeat(16) } })],
      ['ENR-VAL-006', resign(12, { process: 'LOST' })],
    ];
    const answer = await push(gateway, station, [...cases.map(([, doc]) => doc), tampered(good, {})]);
    expect(answer.status).toBe(201);
    expect((answer.json as { reason?: string; ok?: boolean }[]).map(({ reason, ok }) => reason ?? ok)).toEqual([
      ...cases.map(([reason]) => reason),
      true,
    ]);
    expect(await gateway.databases.registrations.info()).toMatchObject({ docCount: 1 });
  });

  it('signed in a hundred with others is one of a hundred registrations', async () => {
    const { gateway, station } = await open();
    const packets = Array.from({ length: 100 }, (_none, index) => station.packet(index + 1, 10));
    const answer = await announce(gateway, station, ...packets);
    expect((answer.json as { ok?: boolean }[]).every(({ ok }) => ok === true)).toBe(true);
    expect(await gateway.databases.registrations.info()).toMatchObject({ docCount: 100 });
  });
});

describe('a write into the channel', () => {
  const heartbeat = (change: object = {}): object => ({
    _id: 'heartbeat',
    v: 1,
    station: STATION,
    at: '2026-03-01T10:00:00.000Z',
    waiting: { packets: 0, bytes: 0, oldest: null },
    setAside: 0,
    clockOffsetMs: null,
    software: 'test',
    ...change,
  });

  it('of more documents than a request may hold is refused whole', async () => {
    const { gateway, station } = await open();
    const docs = Array.from({ length: 101 }, () => heartbeat());
    expect(await push(gateway, station, docs)).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
  });

  it('of a document that is too large is refused, and the others are taken', async () => {
    const { gateway, station } = await open();
    const answer = await push(gateway, station, [heartbeat({ software: 'x'.repeat(17_000) }), heartbeat()]);
    expect(answer.json).toMatchObject([{ error: 'forbidden', reason: 'ENR-CHN-002' }, { ok: true }]);
  });

  it('of anything but manifests and a heartbeat is refused', async () => {
    const { gateway, station } = await open();
    const { rid, manifest } = station.packet(1);
    const ids = [
      '_design/x',
      '_local/x',
      '../registrations/x',
      `receipt:${rid}:OUTCOME`,
      `result:${rid}`,
      `task:${rid}:01`,
      'heartbeat2',
      ' heartbeat',
      'manifest',
      '__proto__',
      'constructor',
      '\u0000',
    ];
    const answer = await push(
      gateway,
      station,
      ids.map((_id) => ({ ...manifest, _id })),
    );
    expect(answer.json).toEqual(ids.map((id) => ({ id, error: 'forbidden', reason: 'ENR-CHN-001' })));
    const channel = await gateway.databases.channel(STATION);
    expect(await channel.info()).toMatchObject({ docCount: 0 });
  });

  it('without an id, or with one that is no text, is no request', async () => {
    const { gateway, station } = await open();
    for (const _id of [undefined, '', 7, null, { $gt: '' }, 'x'.repeat(201)]) {
      const answer = await push(gateway, station, [heartbeat({ _id })]);
      expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-CHN-003' } });
    }
    for (const body of [{}, { docs: {} }, { docs: [null] }, [], 'docs']) {
      const answer = await ask(gateway, station, 'POST', `${CHANNEL}/_bulk_docs`, { body });
      expect([400, 422]).toContain(answer.status);
    }
  });

  it('keeps what was checked and nothing that was smuggled in', async () => {
    const { gateway, station } = await open();
    const { rid, manifest } = station.packet(1);
    const smuggling = JSON.stringify({ docs: [{ ...manifest, _id: `manifest:${rid}` }] })
      .replace('"packet":{', '"packet":{"__proto__":{"admin":true},')
      .replace('{"v":1', '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"v":1');
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(gateway, station, 'POST', `${CHANNEL}/_bulk_docs`, {
      body: Buffer.from(smuggling),
      headers,
    });
    expect(answer.json).toMatchObject([{ error: 'forbidden', reason: 'ENR-MAN-001' }]);

    const nested = JSON.stringify({ docs: [{ ...manifest, _id: `manifest:${rid}` }] }).replace(
      '"packet":{',
      '"packet":{"__proto__":{"admin":true},',
    );
    await ask(gateway, station, 'POST', `${CHANNEL}/_bulk_docs`, { body: Buffer.from(nested), headers });
    expect(Object.prototype).not.toHaveProperty('admin');
    const kept = await (await gateway.databases.channel(STATION)).get(`manifest:${rid}`);
    const taken = await registrationOf(gateway, rid);
    // Either both or neither: what is registered stands in the channel.
    expect(kept !== undefined).toBe(taken !== undefined);
    expect(JSON.stringify(kept ?? null)).not.toContain('admin');
  });

  it('of a heartbeat takes the place of the one before, whatever revision it names, also when it comes twice at once', async () => {
    const { gateway, station } = await open();
    for (const [setAside, change] of [
      [0, {}],
      [1, {}],
      [2, { _rev: '7-abc' }],
      [3, { _rev: 'latest' }],
    ] as const) {
      const answer = await push(gateway, station, [heartbeat({ setAside, ...change })]);
      expect(answer.json).toMatchObject([{ id: 'heartbeat', ok: true }]);
      expect(await (await gateway.databases.channel(STATION)).get('heartbeat')).toMatchObject({ setAside });
    }
    const beats = await Promise.all([4, 4, 4].map((setAside) => push(gateway, station, [heartbeat({ setAside })])));
    for (const { json } of beats) expect(json).toMatchObject([{ ok: true }]);
  });

  it('of a heartbeat for another station is refused', async () => {
    const { gateway, station } = await open();
    const answer = await push(gateway, station, [heartbeat({ station: OTHER_STATION })]);
    expect(answer.json).toMatchObject([{ error: 'forbidden', reason: 'ENR-CHN-002' }]);
  });
});

describe('an approval', () => {
  const approving: MasterData = { approval: true, limits: DEFAULT_STATION_LIMITS, blocked: [], calibrated: [] };
  const supervisor = newSigningKeyPair();

  /** A station with the supervisor Sara, in a country with this master data. */
  async function openApproving(master: MasterData | undefined) {
    const demands = { master };
    const gateway = await openTestGateway({ masterOf: () => demands.master });
    const station = newStation(gateway);
    const supervisors = [{ id: 'sara', signingKey: publicKeyOf(supervisor) }];
    await gateway.register.register({ ...station.card, supervisors });
    const say = async (manifest: Manifest): Promise<unknown> => {
      const answer = await push(gateway, station, [{ _id: `manifest:${manifest.rid}`, ...manifest }]);
      const [entry] = answer.json as { ok?: true; reason?: string }[];
      return entry?.ok ?? entry?.reason;
    };
    const approved = (manifest: Manifest, signer = 'sara', key = supervisor): Manifest =>
      countersign(manifest, { role: 'supervisor', signer, key });
    return { gateway, station, say, approved, demands };
  }

  it('is asked for where master data says so, and nowhere else', async () => {
    const { station, say, approved, demands } = await openApproving(approving);
    const { manifest } = station.packet(1);
    expect(await say(manifest)).toBe('ENR-MAN-006');
    expect(await say(approved(manifest))).toBe(true);
    for (const [index, master] of [undefined, { ...approving, approval: false }].entries()) {
      demands.master = master;
      expect(await say(station.packet(10 + index).manifest)).toBe(true);
      expect(await say(approved(station.packet(20 + index).manifest))).toBe(true);
    }
  });

  it('that does not verify is refused, whether or not one is asked for', async () => {
    const { station, say, approved, demands } = await openApproving(undefined);
    const { manifest } = station.packet(1);
    const approval = approved(manifest);
    const untrue: readonly Manifest[] = [
      approved(manifest, 'sara', newSigningKeyPair()),
      approved(manifest, 'bilal'),
      {
        ...approval,
        signatures: approval.signatures.map((one) => ({ ...one, signer: one.signer.replace('sara', 'sana') })),
      },
      {
        ...approval,
        signatures: [...approved(station.packet(2).manifest).signatures.slice(-1), ...manifest.signatures],
      },
    ];
    for (const master of [undefined, approving]) {
      demands.master = master;
      for (const manifest of untrue) expect(await say(manifest)).toBe('ENR-MAN-006');
    }
  });

  it('is not the operator’s own, under whatever name', async () => {
    const { gateway, station, say, approved } = await openApproving(approving);
    const own = { signingKey: publicKeyOf(station.operator) };
    await gateway.register.register({ ...station.card, supervisors: [{ ...own, id: 'amina' }] });
    expect(await say(approved(station.packet(1).manifest, 'amina', station.operator))).toBe('ENR-MAN-006');
    await gateway.register.register({ ...station.card, supervisors: [{ ...own, id: 'sara' }] });
    expect(await say(approved(station.packet(1).manifest, 'sara', station.operator))).toBe('ENR-MAN-006');
  });

  it('counts when the supervisor served at the center while the packet was made', async () => {
    const { station, say, approved, demands } = await openApproving(undefined);
    const { manifest } = station.packet(1);
    const serving = (until: string): MasterData => ({
      ...approving,
      people: [{ id: 'sara', roles: ['supervisor'], periods: [{ from: '2020-01-01T00:00:00Z', until }] }],
    });
    demands.master = serving(manifest.createdAt);
    expect(await say(approved(manifest))).toBe('ENR-CMD-004');
    demands.master = serving('2099-01-01T00:00:00Z');
    expect(await say(approved(manifest))).toBe(true);
  });

  it('is not asked for of what was taken before it was demanded', async () => {
    const { station, say, demands } = await openApproving(undefined);
    const [taken, other] = [station.packet(1), station.packet(1)];
    expect(await say(taken.manifest)).toBe(true);
    demands.master = approving;
    expect(await say(taken.manifest)).toBe(true);
    expect(await say(other.manifest)).toBe('ENR-MAN-005');
    expect(await say(station.packet(2).manifest)).toBe('ENR-MAN-006');
  });

  it('can not be given at a station whose card is from before there were supervisors', async () => {
    const { gateway, station, say, approved } = await openApproving(approving);
    const before = await gateway.databases.stations.get<Doc & { card: StationCard }>(STATION);
    const { supervisors: _, ...card } = station.card;
    await gateway.databases.stations.write([{ ...before, _id: STATION, card } as Doc]);
    expect(await say(station.packet(1).manifest)).toBe('ENR-MAN-006');
    expect(await say(approved(station.packet(1).manifest))).toBe('ENR-MAN-006');
  });
});

/** Unfinished uploads in the store: one upload, however many gateways. */
import { setTimeout as sleep } from 'node:timers/promises';
import { moveTo } from '@enroute/shared/registration/registration.ts';
import { describe, expect, it } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { ERROR_LEVEL, NOW, tus } from '../gateway.fixture.ts';
import { documentMedium } from './document-medium.ts';
import { GrowingDocuments } from './growing-documents.ts';
import { type TwoGatewaysSettings, twoGateways } from './two-gateways.fixture.ts';
import { openPatch, type Scene, sendSlowly, until, withParts } from './upload.fixture.ts';

const DAY_MS = 86_400_000;

async function offsetAt({ gateway, station, packet }: Scene): Promise<number> {
  return Number((await tus.head(gateway, station, packet.id)).headers.get('upload-offset') ?? Number.NaN);
}

const create = (scene: Scene) => tus.create(scene.gateway, scene.station, scene.packet, withParts(scene));

const patch = ({ gateway, station, packet, bytes }: Scene, from: number, to = bytes.byteLength) =>
  tus.patch(gateway, station, packet.id, from, bytes.subarray(from, to));

/** A station that goes on, wherever the upload stands, until it is told that the core has the packet. */
async function goOnUntilReceived(scene: Scene): Promise<number> {
  for (let requests = 1; ; requests += 1) {
    const head = await tus.head(scene.gateway, scene.station, scene.packet.id);
    if (head.status === 409) return requests;
    const sending = await openPatch(scene, Number(head.headers.get('upload-offset')));
    await sendSlowly(sending.request, scene.bytes.subarray(Number(head.headers.get('upload-offset'))), { everyMs: 1 });
    sending.request.end();
    await sending.answer;
  }
}

function behaviour(settings: TwoGatewaysSettings): void {
  it('that was cut at one gateway goes on at the other, from the last byte that was durable', async () => {
    const { a, b, expectReceived, logs } = await twoGateways(settings);
    expect((await create(a)).status).toBe(201);
    const cut = await openPatch(a);
    cut.request.write(a.bytes.subarray(0, 90_000));
    await until(async () => a.gateway.incoming.isWritten(a.packet.id));
    await sleep(100);
    cut.request.destroy();
    await until(async () => (await offsetAt(b)) === 90_000);
    expect((await create(b)).headers.get('upload-offset')).toBe('90000');
    expect((await patch(b, 90_000)).status).toBe(204);
    await expectReceived();
    expect((await tus.head(a.gateway, a.station, a.packet.id)).status).toBe(409);
    expect(logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });

  it('that is sent to both at once is one packet', async () => {
    const { a, b, expectPacket, sweep, documents } = await twoGateways({ ...settings, progressMs: 5, bytes: 600_000 });
    const created = await Promise.all([create(a), create(b)]);
    expect(created.map(({ status }) => status)).toEqual([201, 201]);
    const requests = await Promise.all([goOnUntilReceived(a), goOnUntilReceived(b)]);
    // Neither asks for ever: one of them meets a conflict now and then.
    expect(Math.max(...requests)).toBeLessThan(100);
    await expectPacket();
    // What one of them wrote while the other was done is nobody's, and goes with the next pass.
    await sweep(new Date());
    expect(await documents()).toBe(0);
  });

  it('whose same bytes come to both from the same offset is written by one of them, and the other is told', async () => {
    const { a, b, expectReceived } = await twoGateways(settings);
    await create(a);
    const answers = await Promise.all([patch(a, 0, 100_000), patch(b, 0, 100_000)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.json).toMatchObject({ error: 'ENR-WEB-002' });
    expect(await offsetAt(a)).toBe(100_000);
    expect(await offsetAt(b)).toBe(100_000);
    await patch(b, 100_000);
    await expectReceived();
  });
}

describe('an upload in the embedded store', () => behaviour({}));

const couchdbUrl = process.env.COUCHDB_URL;
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';
describe.skipIf(!couchdbUrl)(`an upload in CouchDB${reason}`, () => behaviour({ couchdbUrl }));

describe('parts of an upload', () => {
  it('that was damaged are cut off, also those that are durable already', async () => {
    const { a, b, expectReceived } = await twoGateways();
    await create(a);
    const spoilt = Uint8Array.from(a.bytes);
    spoilt[66_000] = 255 - (spoilt[66_000] ?? 0);
    await tus.patch(a.gateway, a.station, a.packet.id, 0, spoilt.subarray(0, 100_000));
    expect(await offsetAt(b)).toBe(100_000);
    const answer = await patch(b, 100_000);
    expect(answer).toMatchObject({ status: 460, json: { error: 'ENR-UPL-006' } });
    expect(answer.headers.get('upload-offset')).toBe('65536');
    expect(await offsetAt(a)).toBe(65_536);
    expect((await patch(a, 65_536)).status).toBe(204);
    await expectReceived();
  });

  it('are merged when links bring little at a time, and no byte is lost', async () => {
    const { a, b, databases, documents, expectReceived } = await twoGateways();
    await create(a);
    expect((await patch(a, 0, 500)).status).toBe(204);
    const medium = documentMedium(databases.incoming, () => new Date());
    for (let at = 500; at < 65_500; at += 500) {
      const growing = new GrowingDocuments({
        database: databases.incoming,
        id: a.packet.id,
        offset: at,
        now: () => NOW,
      });
      await growing.append(a.bytes.subarray(at, at + 500));
      await growing.makeDurable();
    }
    expect(await documents()).toBe(1 + 131);
    expect(await medium.find(a.packet.id)).toMatchObject({ endBytes: 65_500 });
    expect((await patch(b, 65_500, 66_000)).status).toBe(204);
    expect(await documents()).toBe(1 + 2);
    expect((await patch(a, 66_000)).status).toBe(204);
    await expectReceived();
  });

  it('are not made of every few bytes while more come', async () => {
    const { a, documents } = await twoGateways({ bytes: 60_000, progressMs: 1 });
    await create(a);
    const sending = await openPatch(a);
    await sendSlowly(sending.request, a.bytes.subarray(0, 50_000), { chunkBytes: 500, everyMs: 2 });
    await until(() => sending.acknowledged.length > 1);
    expect(await documents()).toBeLessThanOrEqual(1 + 3);
    sending.request.destroy();
    await until(async () => (await offsetAt(a)) === 50_000);
  });
});

describe('an unfinished upload in the store', () => {
  const begun = async () => {
    const found = await twoGateways();
    await create(found.a);
    await patch(found.a, 0, 50_000);
    return found;
  };

  it('is cleared away when it was not touched for thirty days, and begins anew', async () => {
    const { a, b, sweep, documents, expectReceived } = await begun();
    expect(await sweep(new Date(Date.now() + 29 * DAY_MS))).toEqual({ notWanted: 0, tooOld: 0 });
    expect(await sweep(new Date(Date.now() + 31 * DAY_MS))).toEqual({ notWanted: 0, tooOld: 1 });
    expect(await documents()).toBe(0);
    expect((await tus.head(a.gateway, a.station, a.packet.id)).status).toBe(404);
    expect((await create(b)).status).toBe(201);
    await patch(b, 0);
    await expectReceived();
  });

  it('is cleared away at once when the packet has come by another way', async () => {
    const { a, databases, sweep, documents } = await begun();
    const registration = await databases.registrations.get<StoredRegistration>(a.packet.rid);
    if (!registration) throw new Error('no registration');
    const received = moveTo(registration, 'RECEIVED', { receivedAt: NOW.toISOString() }, NOW);
    await databases.registrations.write([{ ...received, _rev: registration._rev }]);
    expect(await sweep(new Date())).toEqual({ notWanted: 1, tooOld: 0 });
    expect(await documents()).toBe(0);
  });
});

/** What is refused as an upload, and how. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  announce,
  ask,
  ERROR_LEVEL,
  metadata,
  OTHER_STATION,
  openTestGateway,
  registered,
  registrationOf,
  STATION,
  type TestPacket,
  tus,
} from '../gateway.fixture.ts';
import { announced, expectReceived, type Scene } from './upload.fixture.ts';

/** Without saying beforehand how much it will be. */
async function sendChunked({ gateway, station, packet }: Scene, bytes: Uint8Array): Promise<{ status: number }> {
  const authorization = await station.authorization();
  return new Promise((resolve) => {
    const sending = request(new URL(`uploads/${packet.id}`, gateway.url), {
      method: 'PATCH',
      headers: {
        authorization,
        'tus-resumable': '1.0.0',
        'upload-offset': 0,
        'content-type': 'application/offset+octet-stream',
        'transfer-encoding': 'chunked',
      },
    });
    sending.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    sending.on('error', () => undefined);
    sending.end(bytes);
  });
}

describe('an upload', () => {
  it('of a packet whose header names another RID is refused', async () => {
    const gateway = await openTestGateway();
    const station = await registered(gateway);
    const other = station.packet(2);
    const packet = station.packet(1, 1_000, { packet: other.manifest.packet });
    await announce(gateway, station, packet);
    const claimed: TestPacket = {
      ...packet,
      sealed: other.sealed,
      id: `${packet.rid}.${other.sealed.digest.slice(0, 32)}`,
    };
    await tus.create(gateway, station, claimed);
    const answer = await tus.patch(gateway, station, claimed.id, 0, other.sealed.bytes);
    expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-PKT-010' } });
    expect((await registrationOf(gateway, packet.rid))?.state).toBe('ANNOUNCED');
  });

  it('is not begun with bytes, which would be written over what is there', async () => {
    const { gateway, station, packet, bytes } = await announced();
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes.subarray(0, 400));
    const headers = { 'content-type': 'application/offset+octet-stream' };
    expect(await tus.create(gateway, station, packet, headers)).toMatchObject({
      status: 422,
      json: { error: 'ENR-UPL-004' },
    });
    expect((await tus.head(gateway, station, packet.id)).headers.get('upload-offset')).toBe('400');
  });

  it("of another station's packet, which the core holds already, is refused too", async () => {
    const scene = await announced();
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes);

    const thief = await registered(gateway, OTHER_STATION);
    const stolen = thief.packet(1, 10, { packet: packet.manifest.packet });
    await announce(gateway, thief, stolen);
    const claimed: TestPacket = {
      ...stolen,
      sealed: packet.sealed,
      id: `${stolen.rid}.${packet.sealed.digest.slice(0, 32)}`,
    };
    const answer = await tus.create(gateway, thief, claimed);
    expect(answer).toMatchObject({ status: 422, json: { error: 'ENR-PKT-010' } });
    expect((await registrationOf(gateway, stolen.rid))?.state).toBe('ANNOUNCED');
    await expectReceived(scene);
  });

  it('that was not announced, or is here already, is refused with the reason', async () => {
    const scene = await announced(1_000);
    const { gateway, station, packet, bytes } = scene;
    const unknown = station.packet(2);
    expect(await tus.create(gateway, station, unknown)).toMatchObject({ status: 409, json: { error: 'ENR-UPL-001' } });
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, bytes);
    expect(await tus.create(gateway, station, packet)).toMatchObject({ status: 409, json: { error: 'ENR-UPL-005' } });
    expect((await tus.head(gateway, station, packet.id)).status).toBe(409);
    expect(await tus.patch(gateway, station, packet.id, 0, bytes)).toMatchObject({ json: { error: 'ENR-UPL-005' } });
    await expectReceived(scene);
  });

  it('is created with the size and the digest that were announced, or not at all', async () => {
    const { gateway, station, packet } = await announced(1_000);
    const cases: [code: string, headers: Record<string, string>][] = [
      ['ENR-UPL-002', { 'upload-length': '1' }],
      ['ENR-UPL-002', { 'upload-length': `${packet.sealed.bytes.byteLength}.0` }],
      ['ENR-UPL-002', { 'upload-length': '' }],
      ['ENR-UPL-003', { 'upload-metadata': metadata(packet.rid, 'b'.repeat(64)) }],
      ['ENR-UPL-004', { 'upload-metadata': '' }],
      ['ENR-UPL-004', { 'upload-metadata': 'rid' }],
      ['ENR-UPL-004', { 'upload-metadata': metadata('../../etc/passwd', packet.sealed.digest) }],
      ['ENR-UPL-004', { 'upload-metadata': metadata(packet.rid, '../../../tmp/x') }],
      ['ENR-UPL-004', { 'upload-metadata': metadata(packet.rid, packet.sealed.digest.toUpperCase()) }],
      ['ENR-UPL-004', { 'tus-resumable': '0.2.2' }],
      ['ENR-UPL-004', { 'upload-defer-length': '1' }],
      ['ENR-AUT-006', { 'upload-metadata': metadata(`${OTHER_STATION}${packet.rid.slice(10)}`, packet.sealed.digest) }],
    ];
    for (const [code, headers] of cases) {
      const answer = await tus.create(gateway, station, packet, headers);
      expect(answer, JSON.stringify(headers)).toMatchObject({ json: { error: code } });
    }
    expect(await readdir(gateway.incomingFolder)).toEqual([]);
  });

  it('has no other address than its own', async () => {
    const { gateway, station, packet } = await announced(1_000);
    await tus.create(gateway, station, packet);
    const ids = [
      `${packet.rid}.${'0'.repeat(32)}`,
      `${packet.rid}.${packet.sealed.digest}`,
      packet.rid,
      `${packet.id}.json`,
      `${packet.id}%00`,
      `..%2F${packet.id}`,
      '..%2F..%2Fcore-keys.json',
      '%2e%2e',
      '%ZZ',
    ];
    for (const id of ids) {
      const answer = await tus.patch(gateway, station, id, 0, randomBytes(10));
      expect([400, 404], id).toContain(answer.status);
      expect(answer.json, id).toMatchObject({ error: expect.stringMatching(/^ENR-WEB-/) });
    }
    const foreign = await tus.head(gateway, station, `${OTHER_STATION}${packet.id.slice(10)}`);
    expect(foreign.status).toBe(403);
  });

  it('takes no byte beyond its length', async () => {
    const scene = await announced(1_000);
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const long = Buffer.concat([bytes, randomBytes(500)]);
    expect(await tus.patch(gateway, station, packet.id, 0, long)).toMatchObject({
      status: 413,
      json: { error: 'ENR-UPL-002' },
    });
    expect((await tus.head(gateway, station, packet.id)).headers.get('upload-offset')).toBe('0');
    expect((await sendChunked(scene, long)).status).toBe(413);
    // Nothing of it is taken for the packet, unless it is the packet.
    expect((await registrationOf(gateway, packet.rid))?.state).toBe('ANNOUNCED');
    const head = await tus.head(gateway, station, packet.id);
    const offset = Number(head.headers.get('upload-offset'));
    await tus.patch(gateway, station, packet.id, offset, bytes.subarray(offset));
    await expectReceived(scene);
  });
});

describe('what is no upload', () => {
  it('is refused: a station neither reads, lists, deletes nor explores uploads', async () => {
    const { gateway, station, packet } = await announced(1_000);
    await tus.create(gateway, station, packet);
    for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT']) {
      for (const path of ['uploads', `uploads/${packet.id}`]) {
        const answer = await ask(gateway, station, method, path, { headers: { 'tus-resumable': '1.0.0' } });
        expect(answer, `${method} ${path}`).toMatchObject({ status: 405, json: { error: 'ENR-WEB-007' } });
      }
    }
    const post = await ask(gateway, station, 'POST', `uploads/${packet.id}`, {
      headers: { 'X-HTTP-Method-Override': 'DELETE' },
    });
    expect(post.status).toBe(405);
    expect((await tus.head(gateway, station, packet.id)).status).toBe(200);
  });

  it('is always answered in the same words, whoever noticed it', async () => {
    const { gateway, station, packet } = await announced(1_000);
    await tus.create(gateway, station, packet);
    const plain = { 'content-type': 'application/offset+octet-stream' };
    const answers: Answer[] = await Promise.all([
      ask(gateway, station, 'PATCH', `uploads/${packet.id}`, {
        body: randomBytes(9),
        headers: { ...plain, 'upload-offset': '0' },
      }),
      ask(gateway, station, 'PATCH', `uploads/${packet.id}`, {
        body: randomBytes(9),
        headers: { ...plain, 'tus-resumable': '1.0.0' },
      }),
      ask(gateway, station, 'PATCH', `uploads/${packet.id}`, {
        body: {},
        headers: { 'upload-offset': '0', 'tus-resumable': '1.0.0' },
      }),
      ask(gateway, station, 'PATCH', `uploads/${packet.id}`, {
        body: randomBytes(9),
        headers: { ...plain, 'upload-offset': '1e3', 'tus-resumable': '1.0.0' },
      }),
      ask(gateway, station, 'POST', `channel-${STATION}/_bulk_docs`, {
        body: Buffer.from('{"docs":'),
        headers: { 'content-type': 'application/json' },
      }),
      ask(gateway, station, 'POST', `channel-${STATION}/_bulk_docs`, { body: { docs: 'x'.repeat(2_000_000) } }),
      ask(gateway, station, 'GET', 'uploads/%E0%A4%A'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([412, 403, 400, 400, 400, 413, 400]);
    for (const { json, text, headers } of answers) {
      const { request: _request, ...said } = json as { readonly request?: string };
      expect(said).toEqual({
        error: expect.stringMatching(/^ENR-[A-Z]{3}-\d{3}$/),
        reason: expect.stringMatching(/\.$/),
        next: expect.stringMatching(/\.$/),
      });
      expect(headers.get('content-type')).toContain('application/json');
      expect(text).not.toMatch(/\/(work|tmp|node_modules)|\bat \S+ \(|Error:/);
    }
    expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
  });
});

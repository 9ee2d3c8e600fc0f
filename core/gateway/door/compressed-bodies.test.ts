/** Bodies that came compressed: what counts is what is in them. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Answer, ask, openTestGateway, registered, registrationOf } from '../gateway.fixture.ts';

const GZIP = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
const MIB = 1024 * 1024;

async function scene() {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const send = (body: Uint8Array, headers: Record<string, string> = GZIP): Promise<Answer> =>
    ask(gateway, station, 'POST', `channel-${station.number}/_bulk_docs`, { body, headers });
  return { gateway, station, send };
}

describe('a compressed body', () => {
  it('is read as if it had not been', async () => {
    const { gateway, station, send } = await scene();
    const { rid, manifest } = station.packet(1);
    const answer = await send(gzipSync(JSON.stringify({ docs: [{ _id: `manifest:${rid}`, ...manifest }] })));
    expect(answer).toMatchObject({ status: 201, json: [{ id: `manifest:${rid}`, ok: true }] });
    expect(await registrationOf(gateway, rid)).toBeDefined();
  });

  it('that would be larger than one may be is refused, however little of it came', async () => {
    const { send } = await scene();
    const spaces = Buffer.alloc(16 * MIB, ' ');
    const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } };
    const bombs = { gzip: gzipSync(spaces), deflate: deflateSync(spaces), br: brotliCompressSync(spaces, quick) };
    for (const [encoding, bomb] of Object.entries(bombs)) {
      expect(bomb.byteLength).toBeLessThan(MIB / 16);
      const answer = await send(bomb, { ...GZIP, 'content-encoding': encoding });
      expect(answer, encoding).toMatchObject({ status: 413, json: { error: 'ENR-WEB-003' } });
    }
  });

  it('that is compressed twice is inflated once, and is no JSON then', async () => {
    const { send } = await scene();
    const nested = gzipSync(gzipSync(Buffer.alloc(16 * MIB, ' ')));
    expect(await send(nested)).toMatchObject({ status: 400, json: { error: 'ENR-WEB-003' } });
    const told = await send(nested, { ...GZIP, 'content-encoding': 'gzip, gzip' });
    expect(told).toMatchObject({ status: 415, json: { error: 'ENR-WEB-003' } });
  });

  it('that can not be inflated, or in a way that is not known, is refused', async () => {
    const { send } = await scene();
    const body = gzipSync('{"docs":[]}');
    expect(await send(body.subarray(0, 20))).toMatchObject({ status: 400, json: { error: 'ENR-WEB-003' } });
    expect(await send(Buffer.from('{"docs":[]}'))).toMatchObject({ status: 400, json: { error: 'ENR-WEB-003' } });
    const other = await send(body, { ...GZIP, 'content-encoding': 'compress' });
    expect(other).toMatchObject({ status: 415, json: { error: 'ENR-WEB-003' } });
  });
});

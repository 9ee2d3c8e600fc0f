/** In which order an upload is looked at: of several things that are wrong, always the same one is told first. */
import { describe, expect, it } from 'vitest';
import { announce, metadata, OTHER_STATION, openTestGateway, registered, tus } from '../gateway.fixture.ts';

describe('the checks of an upload', () => {
  it('come in their order: whose, announced, here already, size, digest; and all before the first byte', async () => {
    const gateway = await openTestGateway();
    const station = await registered(gateway);
    const packet = station.packet(1, 1_000);
    const asked = async (rid: string): Promise<unknown> => {
      const wrong = { 'upload-length': '1', 'upload-metadata': metadata(rid, 'b'.repeat(64)) };
      return (await tus.create(gateway, station, packet, wrong)).json;
    };
    const foreign = `${OTHER_STATION}${packet.rid.slice(10)}`;
    expect(await asked(foreign)).toMatchObject({ error: 'ENR-AUT-006' });
    expect(await asked(packet.rid)).toMatchObject({ error: 'ENR-UPL-001' });
    await announce(gateway, station, packet);
    expect(await asked(packet.rid)).toMatchObject({ error: 'ENR-UPL-002' });
    const wrongDigest = { 'upload-metadata': metadata(packet.rid, 'b'.repeat(64)) };
    expect((await tus.create(gateway, station, packet, wrongDigest)).json).toMatchObject({ error: 'ENR-UPL-003' });

    expect((await tus.create(gateway, station, packet)).status).toBe(201);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes);
    expect(await asked(packet.rid)).toMatchObject({ error: 'ENR-UPL-005' });
  });
});

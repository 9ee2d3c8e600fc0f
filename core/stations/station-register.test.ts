import { describe, expect, it } from 'vitest';
import { NOW, newStation, OTHER_STATION, openTestGateway, registered, STATION } from '../gateway/gateway.fixture.ts';

describe('the register of stations', () => {
  it('knows a station by the card that it was registered with last', async () => {
    const gateway = await openTestGateway();
    const { register } = gateway;
    const first = await registered(gateway);
    expect(await register.get(STATION)).toEqual({ card: first.card, state: 'active' });
    const second = newStation(gateway);
    await register.register(second.card);
    expect(await register.get(STATION)).toEqual({ card: second.card, state: 'active' });
    await expect(register.get(OTHER_STATION)).rejects.toMatchObject({ code: 'ENR-AUT-004' });
  });

  it('lists stations, and not the notes of when they were seen', async () => {
    const gateway = await openTestGateway();
    const { register } = gateway;
    await registered(gateway, OTHER_STATION);
    await registered(gateway, STATION);
    await register.noteSeen(STATION);
    expect((await register.list()).map(({ station }) => station)).toEqual([STATION, OTHER_STATION]);
    expect(await register.lastSeen()).toEqual(new Map([[STATION, NOW.toISOString()]]));
  });
});

import { describe, expect, it } from 'vitest';
import { openTestDesk } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

describe('enroute station link', () => {
  it('stops the link of a running agent, lets it go on, and has it tried', async () => {
    const desk = await openTestDesk();
    const end = await desk.startAgent();
    const paused = await desk.run(['link', 'pause', '--json']);
    expect(paused).toMatchObject({ code: EXIT.done });
    expect(paused.json()).toMatchObject({ link: { state: 'paused', up: false, code: 'ENR-LNK-005' } });
    expect((await desk.run(['status'])).out).toMatch(/^Link +paused since .*ENR-LNK-005/m);
    const resumed = await desk.run(['link', 'resume', '--json']);
    expect(resumed.json()).toMatchObject({ link: { code: null } });
    expect(await desk.run(['link', 'try'])).toMatchObject({ code: EXIT.done });
    await end();
  });

  it('is refused where no agent runs, and for an order that nobody knows', async () => {
    const desk = await openTestDesk();
    const alone = await desk.run(['link', 'pause', '--json']);
    expect(alone).toMatchObject({ code: EXIT.refused });
    expect(alone.json()).toMatchObject({ error: 'ENR-LNK-001' });
    expect(await desk.run(['link', 'stop'])).toMatchObject({ code: EXIT.wrongUsage });
  });
});

/** Orders to registrations, given in a real browser: to one, to many after a preview, and by rule. */

import { keepScreenshot, NO_BROWSER, overflowOf } from '@enroute/shared/ui/browser.fixture.ts';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { put, registrationOf, ridOf } from '../pipeline/pipeline.fixture.ts';
import { openBrowserConsole } from './browser-console.fixture.ts';

const NARROW = { width: 320, height: 720 };
const FAILED = { at: '2026-03-01T10:00:00.000Z', stage: 'uin', outcome: 'retry', code: 'ENR-UIN-001' } as const;

const console = openBrowserConsole();
let keeper = '';

beforeAll(async () => {
  if (NO_BROWSER) return;
  keeper = await console.core.signedIn('keeper', ['operations']);
});

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

describe.skipIf(NO_BROWSER)(`Orders in the console${NO_BROWSER}`, () => {
  it('stop a registration that waits, of which the page says for what and until when', async () => {
    const rid = ridOf(1);
    const parked = { reason: 'introducer', until: '2099-01-01T00:00:00.000Z', key: ridOf(2) } as const;
    await put(console.core.registrations, registrationOf(rid, { state: 'PARKED', stage: 'introducer', parked }));
    const page = await console.open({ cookie: keeper, at: `#/registrations/${rid}` });
    await page.getByText('the registration of the introducer').waitFor();
    expect(await page.getByRole('button', { name: 'Take up again' }).count()).toBe(0);
    await press(page, 'Stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Ordered. It is being carried out.').waitFor();
    await console.core.carryOutOrders();
    await page.getByText('Carried out.').waitFor();
    await page.getByText('introducer · stop · ENR-ACT-001 · keeper').waitFor();
    await keepScreenshot(page, 'console-registration-stopped', { fullPage: true });
    expect(await console.core.registrations.get(rid)).toMatchObject({ verdict: { state: 'REJECTED' } });
    expect(console.complaints).toEqual([]);
  });

  it('decide which of those in question a registration is about', async () => {
    const [rid, same, other] = [ridOf(11), ridOf(12), ridOf(13)];
    const parked = { reason: 'decision', until: '2099-01-01T00:00:00.000Z' } as const;
    const facts = { candidates: [same, other] };
    const waiting = registrationOf(rid, { state: 'PARKED', stage: 'find-person', parked, facts });
    await put(console.core.registrations, waiting);
    const page = await console.open({ cookie: keeper, at: `#/registrations/${rid}` });
    await page.getByRole('listitem').filter({ hasText: same }).getByRole('button').click();
    await page.getByRole('dialog').getByText(same).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'It is this person' }).click();
    await page.getByText('Ordered. It is being carried out.').waitFor();
    await console.core.carryOutOrders();
    await page.getByText('Carried out.').waitFor();
    const decided = { state: 'IN_FLOW', answer: { body: { decision: 'accept', rid: same } } };
    expect(await console.core.registrations.get(rid)).toMatchObject(decided);
    expect(console.complaints).toEqual([]);
  });

  it('are given to many after a look at which they are, also in Arabic on a phone', async () => {
    const rids = [3, 4].map((sequence) => ridOf(sequence));
    for (const rid of rids) {
      const dead = registrationOf(rid, { state: 'DEAD_LETTER', stage: 'uin', attempts: 12, history: [FAILED] });
      await put(console.core.registrations, dead);
    }
    const page = await console.open({ cookie: keeper, at: '#/dead-letters', locale: 'ar', viewport: NARROW });
    await press(page, 'معاينة');
    await page.getByText('تسجيلان', { exact: true }).waitFor();
    await keepScreenshot(page, 'console-many-ar', { fullPage: true });
    expect(await overflowOf(page)).toBe(0);
    await press(page, 'أصدر الأمر');
    await page.getByText('صدر الأمر، ويجري تنفيذه.').waitFor();
    await console.core.carryOutOrders();
    await page.getByText('لا يوجد شيء منها.').waitFor();
    for (const rid of rids) expect(await console.core.registrations.get(rid)).toMatchObject({ state: 'IN_FLOW' });
  });

  it('are a rule, too: shown first what it would hold, then set and removed', async () => {
    const page = await console.open({ cookie: keeper, at: '#/pause-rules' });
    await page.getByLabel('Name').fill('storm');
    await page.getByLabel('Only of these centers').fill('99999');
    await press(page, 'Preview');
    await page.getByText('0 registrations').waitFor();
    await press(page, 'Set the rule');
    await page.getByText('centers: 99999').waitFor();
    await keepScreenshot(page, 'console-pause-rules', { fullPage: true });
    await press(page, 'Remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is held by a rule.').waitFor();
    expect(console.complaints).toEqual([]);
  });
});

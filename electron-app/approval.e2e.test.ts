/** The supervisor's decision in a real browser, over the real preload script and the real main-process modules. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { keepScreenshot, launchBrowser, NO_BROWSER } from '@enroute/shared/ui/browser.fixture.ts';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from './build.ts';
import { PERSON } from './enrolment.fixture.ts';
import { aFullTray, type FakeStation, fakeStation, PASSWORD, ridOf, SUPERVISOR } from './station.fixture.ts';
import { openWindow, type TestWindow, type WindowOptions } from './window.fixture.ts';

let browser: Browser;
let folder: string;
let dist: string;
let station: FakeStation;
let window: TestWindow;
let logged: string;
const log = pino(
  { base: null },
  {
    write: (line: string) => {
      logged += line;
    },
  },
);

beforeAll(async () => {
  if (NO_BROWSER) return;
  folder = await mkdtemp(join(tmpdir(), 'enroute-approval-'));
  dist = join(folder, 'dist');
  await buildApp(dist, 'silent');
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  logged = '';
  station = fakeStation();
  aFullTray(station);
});

afterEach(async () => {
  await window?.close();
});

async function open(options: Partial<WindowOptions> = {}): Promise<Page> {
  window = await openWindow(browser, { dist, station, log, ...options });
  await window.page.locator('.approvals').waitFor();
  return window.page;
}

/** From the list to what was captured. */
async function look(page: Page, sequences: readonly number[], password = PASSWORD): Promise<void> {
  for (const sequence of sequences) await page.getByLabel(`Select registration ${ridOf(sequence)}`).check();
  await page.getByRole('button', { name: 'Look and decide' }).click();
  await page.getByRole('textbox', { name: 'Supervisor' }).fill(SUPERVISOR);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in and look' }).click();
}

const dialogOf = (page: Page) => page.getByRole('dialog');

describe.skipIf(NO_BROWSER)(`The supervisor’s decision${NO_BROWSER}`, () => {
  it('begins with the list of what waits, the longest waiting first, and a selection', async () => {
    const page = await open();
    const rows = page.locator('.approvals tbody tr');
    expect(await rows.locator('.sequence').allTextContents()).toEqual(['00021', '00022', '00023']);
    expect(await rows.nth(0).textContent()).toContain('bashir');
    expect(await rows.nth(1).textContent()).toContain('urgent');
    const go = page.getByRole('button', { name: 'Look and decide' });
    expect(await go.isDisabled()).toBe(true);
    const all = page.getByLabel('Select all');
    await page.getByLabel(`Select registration ${ridOf(22)}`).check();
    expect(await all.evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
    expect(await go.isEnabled()).toBe(true);
    await all.check();
    expect(await page.locator('.approvals tbody input:checked').count()).toBe(3);
  });

  it('shows what was captured after the sign-in, and not before', async () => {
    const page = await open();
    await look(page, [21]);
    const dialog = dialogOf(page);
    await dialog.getByText(`${PERSON} 21`).waitFor();
    const text = (await dialog.textContent()) ?? '';
    for (const part of [
      'The person consented.',
      'Full name',
      'زوادي مبيكي 21',
      'clanName',
      'passport Passport · proof of identity',
      'right thumb78',
      'left thumb22 (poor)',
      'left little fingercould not be captured',
    ])
      expect(text).toContain(part);
    expect(station.lookedInto).toEqual([ridOf(21)]);
  });

  it('is made by keyboard alone, for several at once, and what became of each is shown', async () => {
    const page = await open();
    await page.getByLabel('Select all').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Look and decide' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type(SUPERVISOR);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    const dialog = dialogOf(page);
    await dialog.getByText(`${PERSON} 21`).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe('Decide on 3 registrations');

    await dialog.getByLabel('Approve').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await dialog.getByRole('button', { name: 'Approve 3 registrations' }).waitFor();
    await page.keyboard.press('Enter');
    await dialog.getByRole('heading', { name: 'The decision' }).waitFor();
    expect(await dialog.locator('.decided .badge').allTextContents()).toEqual(['Approved', 'Approved', 'Not decided']);
    expect(await dialog.locator('.decided').textContent()).toContain('Nobody approves their own enrolments.');
    await expect.poll(focused).toBe('The decision');
    expect(await page.content()).not.toContain(PERSON);

    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('.approvals tbody tr').count()).toBe(1);
    await page.locator('.queue .badge', { hasText: 'Approved, waiting to be sent' }).first().waitFor();
    expect(window.printed).toEqual([]);
  });

  it('rejects for a reason of the list', async () => {
    const page = await open();
    await look(page, [22]);
    const dialog = dialogOf(page);
    const sign = dialog.getByRole('button', { name: 'Sign the decision' });
    await sign.waitFor();
    expect(await sign.isDisabled()).toBe(true);
    await dialog.getByLabel('the biometrics').check();
    await dialog.getByLabel('Password of salim').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Reject 1 registration' }).click();
    await dialog.locator('.decided .badge', { hasText: 'Rejected' }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('By salim, because of the biometrics.').waitFor();
    expect((await station.show(ridOf(22))).rejection).toMatchObject({ by: SUPERVISOR, reason: 'BIOMETRICS' });
  });

  it('is refused with a wrong password, which is gone from its field, and with the time of a lock', async () => {
    const page = await open();
    await look(page, [21], 'a wrong password');
    const dialog = dialogOf(page);
    await dialog.getByText('The password does not open this key.').waitFor();
    const field = dialog.getByLabel('Password');
    expect(await field.inputValue()).toBe('');
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(station.lookedInto).toEqual([]);

    station.signIn = () => Promise.reject(new EnrouteError('ENR-STN-007', 'until 2026-03-01T09:15:00.000Z'));
    await field.fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.getByText(/Locked until .*15:00/).waitFor();
  });

  it('stays open when the password for the signature is wrong', async () => {
    const page = await open();
    await look(page, [21]);
    const dialog = dialogOf(page);
    await dialog.getByLabel('Approve').check();
    await dialog.getByLabel('Password of salim').fill('a wrong password');
    await page.keyboard.press('Enter');
    await dialog.getByText('Code ENR-STN-005').waitFor();
    expect(await station.show(ridOf(21))).toMatchObject({ state: 'AWAITING_APPROVAL' });
    expect(await dialog.getByText(`${PERSON} 21`).count()).toBe(1);
  });

  it.each(['blur', 'time'])('hides what was captured when nobody is there any more: %s', async (why) => {
    const page = await open({ holdClock: true });
    await look(page, [21]);
    const dialog = dialogOf(page);
    await dialog.getByText(`${PERSON} 21`).waitFor();
    if (why === 'blur') await page.evaluate(() => globalThis.dispatchEvent(new Event('blur')));
    else await page.clock.fastForward(5 * 60_000);
    await dialog.getByText('Hidden again, because nobody was at work in this window.').waitFor();
    expect(await page.content()).not.toContain(PERSON);
  });

  it('leaves neither password nor name behind: not in the page, its storage, the console or the log', async () => {
    const page = await open();
    await look(page, [21]);
    await dialogOf(page).getByText(`${PERSON} 21`).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML]),
    );
    for (const place of [kept, logged, window.printed.join()]) {
      expect(place).not.toContain(PASSWORD);
      expect(place).not.toContain(PERSON);
    }
  });

  it('is made in Arabic from right to left', async () => {
    const page = await open({ locale: 'ar' });
    await page.getByLabel('تحديد الكل').check();
    await page.getByRole('button', { name: 'اطّلاع وقرار' }).click();
    await page.getByRole('textbox', { name: 'المشرف' }).fill(SUPERVISOR);
    await page.getByLabel('كلمة المرور').fill(PASSWORD);
    await page.keyboard.press('Enter');
    const dialog = dialogOf(page);
    await dialog.getByText('الاسم الكامل').first().waitFor();
    const x = async (text: string) => (await dialog.getByText(text, { exact: true }).first().boundingBox())?.x ?? 0;
    expect(await x('الاسم الكامل')).toBeGreaterThan(await x('تاريخ الميلاد'));
    await dialog.getByLabel('موافقة', { exact: true }).check();
    await dialog.getByRole('button', { name: 'الموافقة على 3 تسجيلات' }).waitFor();
    expect(window.printed).toEqual([]);
  });

  it.each(['en', 'fr', 'ar'])('is drawn without a complaint in %s, light, dark and narrow', async (locale) => {
    const page = await open({ locale });
    const views = [
      ['light', { width: 1180, height: 900 }],
      ['dark', { width: 1180, height: 900 }],
      ['light-narrow', { width: 400, height: 860 }],
    ] as const;
    async function shoot(step: string): Promise<void> {
      for (const [name, size] of views) {
        await page.emulateMedia({ colorScheme: name === 'dark' ? 'dark' : 'light' });
        await page.setViewportSize(size);
        const beyond = await page.evaluate(() => {
          const dialog = document.querySelector('dialog');
          return dialog ? dialog.scrollWidth - dialog.clientWidth : Number.NaN;
        });
        expect(beyond).toBeLessThanOrEqual(0);
        await keepScreenshot(page, `approval-${step}-${locale}-${name}`);
      }
    }
    await page.locator('.approvals thead input').check();
    await page.locator('.approvals .action').click();
    const dialog = dialogOf(page);
    const password = dialog.locator('input[type=password]');
    await dialog.locator('input').first().fill(SUPERVISOR);
    await password.fill('a wrong password');
    await page.keyboard.press('Enter');
    await dialog.locator('.refused').waitFor();
    await shoot('1-sign-in');

    await password.fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.locator('.enrolment').first().waitFor();
    await shoot('2-look');
    await dialog.locator('input[type=radio]').nth(2).check();
    await password.fill(PASSWORD);
    await password.focus();
    await shoot('3-decide');
    await page.keyboard.press('Enter');
    await dialog.locator('.decided').waitFor();
    await shoot('4-decided');
    expect(window.printed).toEqual([]);
  });
});

/** The station's window in a real browser, over the real preload script and the real main-process modules. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Station } from '@enroute/edge-agent/station.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { keepScreenshot, launchBrowser, NO_BROWSER, overflowOf } from '@enroute/shared/ui/browser.fixture.ts';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from './build.ts';
import {
  aBusyDay,
  aFullTray,
  DAY_MS,
  type FakeStation,
  fakeStation,
  itemOf,
  LOW_ON_ROOM,
  linkOf,
  OUT_OF_ROOM,
  ridOf,
  statusOf,
  UIN,
} from './station.fixture.ts';
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
  folder = await mkdtemp(join(tmpdir(), 'enroute-window-'));
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
});

afterEach(async () => {
  await window?.close();
});

async function open(options: Partial<WindowOptions> = {}): Promise<Page> {
  window = await openWindow(browser, { dist, station, log, ...options });
  return window.page;
}

const row = (page: Page, sequence: number) =>
  page
    .locator('.queue tbody tr')
    .filter({ has: page.locator(`th .sequence:text-is("${String(sequence).padStart(5, '0')}")`) });

describe.skipIf(NO_BROWSER)(`The station’s window${NO_BROWSER}`, () => {
  it('shows the link, what waits and what was set aside', async () => {
    aBusyDay(station);
    const page = await open();
    await page.locator('.overview').waitFor();
    expect(await page.locator('.card.link .badge').textContent()).toBe('Connected');
    expect(await page.locator('.card.link').textContent()).toContain('2 hours ago');
    expect(await page.locator('.card.waiting').textContent()).toBe(
      'Waiting to be sent3 packets (4.3 MB)Oldest: 3 hours agoAt the speed measured, sending takes 17 minutes.',
    );
    expect(await page.locator('.card.set-aside .figure').textContent()).toBe('1 packet');
    expect(window.printed).toEqual([]);
  });

  it('says how much more there is room for, and nothing alarming while all is well', async () => {
    const page = await open();
    await page.locator('.card.room').waitFor();
    expect(await page.locator('.card.room').textContent()).toBe(
      'Room at this station1,840 more enrolmentsLast answer of the core: 2 minutes ago',
    );
    expect(await page.locator('.limits, .approvals, .warn, .bad').count()).toBe(0);
    expect(await page.locator('[role=status]').textContent()).toBe('');
  });

  it('warns of a limit before it refuses, in words and aloud, and stops warning when it is mended', async () => {
    const page = await open();
    await page.locator('.card.room').waitFor();
    const notes = page.getByRole('region', { name: 'Limits of this station' }).getByRole('listitem');
    const aloud = page.locator('[role=status]');

    station.now = statusOf({ limits: LOW_ON_ROOM });
    station.events.emit('changed');
    await notes.first().waitFor();
    expect(await notes.count()).toBe(2);
    expect(await notes.nth(0).textContent()).toBe(
      'Soon no more enrolmentsThe disk has room for only few more enrolments. ' +
        'Bring the station to a link so that packets can go, or free disk space.Code ENR-LIM-001',
    );
    expect(await page.locator('.card.room').textContent()).toContain('130 more enrolments');
    expect(await aloud.textContent()).toContain('The disk has room for only few more enrolments.');

    station.now = statusOf({ limits: OUT_OF_ROOM });
    station.events.emit('changed');
    await page.locator('.card.room', { hasText: 'No more enrolments' }).waitFor();
    expect(await notes.nth(0).textContent()).toContain(
      'No more enrolments until this is mendedMany packets wait to be sent.',
    );
    expect(await aloud.textContent()).toBe(
      'No more enrolments until this is mended. Many packets wait to be sent. ' +
        'Bring the station to a link, or carry its packets to the core.',
    );

    station.now = statusOf();
    station.events.emit('changed');
    await notes.first().waitFor({ state: 'detached' });
  });

  it('shows at once that the link went, why, and that it is back', async () => {
    aBusyDay(station);
    const page = await open();
    const link = page.locator('.card.link');
    await link.getByText('Connected', { exact: true }).waitFor();
    const down = { state: 'offline' as const, up: false, since: new Date().toISOString() };

    station.now = statusOf({ link: linkOf({ ...down, reason: 'no answer from POST uploads' }) });
    station.events.emit('changed');
    await link.getByText('Enrolments go on; they are sent as soon as it does.').waitFor();
    expect(await link.textContent()).toContain('For the support desk: no answer from POST uploads');
    await page.locator('[role=status]', { hasText: 'The link to the core is down.' }).waitFor({ state: 'attached' });

    station.now = statusOf({ link: linkOf({ ...down, state: 'blocked', code: 'ENR-AUT-005' }) });
    station.events.emit('changed');
    await link.getByText('The station is suspended.').waitFor();
    expect(await link.textContent()).toContain('Ask the administrator why.');

    station.now = statusOf();
    station.events.emit('changed');
    await link.getByText('Connected', { exact: true }).waitFor();
  });

  it('says why packets wait, until when, and lets a person stop the link, resume it and try it', async () => {
    aBusyDay(station);
    const page = await open();
    const link = page.locator('.card.link');
    const show = async (change: Parameters<typeof linkOf>[0], badge: string): Promise<void> => {
      station.now = { ...station.now, link: linkOf(change) };
      station.events.emit('changed');
      await link.getByText(badge, { exact: true }).waitFor();
    };
    await link.getByText('Connected', { exact: true }).waitFor();
    expect(await page.locator('.card.waiting').textContent()).toContain(
      'At the speed measured, sending takes 17 minutes.',
    );

    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    await show(
      { state: 'metered', code: 'ENR-LNK-003', opensAt, sentTodayBytes: 5e7, dailyBytes: 5e7 },
      'Connected, packets wait',
    );
    expect(await link.textContent()).toContain('Sending goes on tomorrow.');
    expect(await link.textContent()).toContain('Sent today: 50 MB of 50 MB');
    for (const language of ['العربية', 'Français', 'English']) {
      await page.getByRole('button', { name: language }).click();
      await keepScreenshot(page, `link-held-${language}`);
    }
    await link.getByRole('button', { name: 'Pause' }).click();

    await show({ state: 'paused', up: false, code: 'ENR-LNK-005' }, 'Paused');
    expect(await link.getByRole('button').allTextContents()).toEqual(['Resume']);
    await link.getByRole('button', { name: 'Resume' }).click();

    await show({ state: 'offline', up: false, reason: 'ECONNREFUSED', nextTryAt: opensAt }, 'Not connected');
    await link.getByText('Next try:').waitFor();
    await link.getByRole('button', { name: 'Try now' }).click();
    await expect.poll(() => station.orders).toEqual(['pause', 'resume', 'tryNow']);
    expect(window.printed).toEqual([]);
  });

  it('says of every registration where it is, what came back and what to do next', async () => {
    aBusyDay(station);
    const page = await open();
    await row(page, 9).waitFor();
    const states = await page.locator('.queue tbody .badge').allTextContents();
    expect(states).toEqual([
      'Draft',
      'Approved, waiting to be sent',
      'Rejected by the supervisor',
      'Saved here',
      'Sending',
      'Sent, to be confirmed',
      'Waiting for correction',
      'Completed',
      'Completed',
      'Rejected',
      'Set aside',
      'Done, removed from this computer',
    ]);
    expect(await row(page, 10).textContent()).toContain('By salim, because of the documents.');
    const rejected = row(page, 3);
    expect(await rejected.textContent()).toContain('registered already. Ask the person whether they enrolled before');
    expect(await rejected.textContent()).toContain('Code ENR-DDP-001');
    expect(await row(page, 2).textContent()).toContain('Tell the support desk and give them this code.');
    expect(await row(page, 4).textContent()).toContain('Correctioncorrects');
    expect(await row(page, 8).textContent()).toContain('urgent');
    expect(await row(page, 9).locator('th').textContent()).toBe(ridOf(9));
  });

  it('moves the bar of an upload as its bytes go', async () => {
    aBusyDay(station);
    const page = await open();
    const bar = row(page, 8).getByRole('progressbar', { name: `Sending registration ${ridOf(8)}` });
    await bar.waitFor();
    expect([await bar.getAttribute('value'), await bar.getAttribute('max')]).toEqual(['0', '2000000']);
    const reached = { rid: ridOf(8), durableBytes: 500_000, totalBytes: 2_000_000, resumedFrom: 500_000 };
    for (const sentBytes of [600_000, 1_250_000]) {
      station.events.emit('progress', { ...reached, sentBytes });
      await expect.poll(() => bar.getAttribute('value')).toBe(String(sentBytes));
    }
    expect(await row(page, 8).locator('.upload').textContent()).toBe('1.3 MB of 2 MBwent on from 500 kB');
    expect(window.printed).toEqual([]);
  });

  it('shows a new registration without being asked', async () => {
    const page = await open();
    await page.getByText('No registration has been saved here yet.').waitFor();
    station.items = [itemOf(1)];
    station.events.emit('changed');
    await row(page, 1).waitFor();
  });

  it('asks for more rows only when the operator does', async () => {
    station.items = Array.from({ length: 130 }, (_, index) => itemOf(130 - index));
    const page = await open();
    await row(page, 130).waitFor();
    expect(await page.locator('.queue tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => page.locator('.queue tbody tr').count()).toBe(130);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  it('names what is to be captured again and by when, the most pressing first', async () => {
    aBusyDay(station);
    const page = await open();
    const tasks = page.locator('.tasks li');
    await tasks.first().waitFor();
    expect(await tasks.count()).toBe(2);
    expect(await tasks.nth(0).textContent()).toMatch(/The time is over \(.+\)\.Capture again: face/);
    expect(await tasks.nth(1).textContent()).toMatch(
      /By .+ \(in 2 days\)Capture again: right thumb and left index finger/,
    );
  });

  it('shows a number only after a click, in groups, and hides it again after half a minute', async () => {
    aBusyDay(station);
    const page = await open({ holdClock: true });
    const completed = row(page, 5);
    await completed.waitFor();
    expect(station.asked).toEqual([]);
    expect(await page.content()).not.toContain(UIN.slice(0, 4));

    await completed.getByRole('button', { name: 'Show number' }).click();
    const number = completed.getByRole('status', { name: 'Identity number' });
    expect(await number.textContent()).toBe(UIN);
    expect(await number.locator('span').allTextContents()).toEqual(['2847', '1039', '56']);
    expect(station.asked).toEqual([ridOf(5)]);

    await page.clock.fastForward(25_000);
    expect(await number.count()).toBe(1);
    await page.clock.fastForward(6_000);
    await number.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(UIN.slice(0, 4));
  });

  it('hides a number when the operator turns to something else', async () => {
    aBusyDay(station);
    const page = await open();
    const number = page.getByRole('status', { name: 'Identity number' });
    for (const event of ['blur', 'hidden', 'button']) {
      await row(page, 5).getByRole('button', { name: 'Show number' }).click();
      await number.waitFor();
      if (event === 'button') await page.getByRole('button', { name: 'Hide' }).click();
      else if (event === 'blur') await page.evaluate(() => globalThis.dispatchEvent(new Event('blur')));
      else {
        await page.evaluate(() => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
          document.dispatchEvent(new Event('visibilitychange'));
        });
      }
      await number.waitFor({ state: 'detached' });
    }
  });

  it('leaves a shown and copied number nowhere: not in the log, not in the console, not in storage', async () => {
    aBusyDay(station);
    const page = await open();
    await row(page, 5).getByRole('button', { name: 'Show number' }).click();
    await page.locator('.uin').click();
    await page.keyboard.press('Control+C');
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    for (const place of [kept, logged, window.printed.join()]) expect(place).not.toContain(UIN);
  });

  it('says when a number has not arrived, and when only a part of it may be seen', async () => {
    aBusyDay(station);
    station.results.clear();
    const page = await open();
    await row(page, 5).getByRole('button', { name: 'Show number' }).click();
    await page.getByText('The number has not arrived yet.').waitFor();

    station.results.set(ridOf(5), { rid: ridOf(5), disclosure: 'masked', uin: '******3956' });
    await row(page, 5).getByRole('button', { name: 'Show number' }).click();
    await page.getByText('This station may see a part of the number only.').waitFor();
    expect(await page.locator('.uin').textContent()).toBe('******3956');
  });

  it('says why when the station can not be opened', async () => {
    const opening = () => Promise.reject<Station>(new EnrouteError('ENR-STN-004'));
    const page = await open({ opening });
    await page.locator('.banner', { hasText: 'has not been registered with a core yet' }).waitFor();
    expect(await page.locator('.banner').textContent()).toContain('Code ENR-STN-004');
    expect(await page.locator('.overview').count()).toBe(0);
  });

  it('speaks Arabic from right to left, and English, marked as such, where a sentence is not translated', async () => {
    aBusyDay(station);
    station.items = [...station.items, itemOf(30, { state: 'SET_ASIDE', problem: 'ENR-PKT-009', ageMs: 3 * DAY_MS })];
    const page = await open();
    await page.getByRole('button', { name: 'العربية' }).click();
    await page.locator('html[dir=rtl]').waitFor({ state: 'attached' });
    expect(await row(page, 3).textContent()).toContain('يوجد شخص مسجّل بالاسم');
    const fallback = row(page, 30).locator('.note p').first();
    expect(await fallback.textContent()).toContain('The packet is larger than the core accepts.');
    expect([await fallback.getAttribute('lang'), await fallback.getAttribute('dir')]).toEqual(['en', 'ltr']);
    const x = async (name: string) =>
      (await page.getByRole('columnheader', { name, exact: true }).boundingBox())?.x ?? 0;
    expect(await x('التسجيل')).toBeGreaterThan(await x('الرد'));
    await page.reload();
    await page.getByRole('heading', { name: 'التسجيلات' }).waitFor();
    expect(window.printed).toEqual([]);
  });

  it('can reach nobody but the station, whatever gets into the page', async () => {
    const page = await open();
    const reached = await page.evaluate(() =>
      fetch('/index.html').then(
        () => true,
        () => false,
      ),
    );
    expect(reached).toBe(false);
    await expect.poll(() => window.printed.join()).toContain('CSP: connect-src');
  });

  it.each(['en', 'fr', 'ar'])('is drawn without a complaint in %s, light, dark and narrow', async (locale) => {
    aBusyDay(station);
    aFullTray(station);
    station.now = { ...station.now, limits: OUT_OF_ROOM };
    const page = await open({ locale });
    await row(page, 5).getByRole('button').click();
    station.events.emit('progress', {
      rid: ridOf(8),
      sentBytes: 1_300_000,
      durableBytes: 0,
      totalBytes: 2_000_000,
      resumedFrom: 0,
    });
    await page.locator('progress[value="1300000"]').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1180, height: 900 });
      await keepScreenshot(page, `window-${locale}-${colorScheme}`, { fullPage: true });
      await page.setViewportSize({ width: 400, height: 860 });
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      await keepScreenshot(page, `window-${locale}-${colorScheme}-narrow`, { fullPage: true });
    }
    expect(window.printed).toEqual([]);
  });
});

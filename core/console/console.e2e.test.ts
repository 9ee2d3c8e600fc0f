/** The supervisor's page in a real browser, built as it is shipped, served by the real routes behind helmet. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepScreenshot, launchBrowser, NO_BROWSER, overflowOf } from '@enroute/shared/ui/browser.fixture.ts';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { manyStations, startGateway, startSite, statusOf, type TestGateway, TOKEN } from './console.fixture.ts';

const WITHIN = { timeout: 8_000 };
const WIDE = { width: 1440, height: 620 };

let browser: Browser;
let folder: string;
let built: string;
let gateway: TestGateway;
/** What a browser complained about in the present test; content security policy violations are among it. */
let complaints: string[] = [];

beforeAll(async () => {
  if (NO_BROWSER) return;
  folder = await mkdtemp(join(tmpdir(), 'enroute-console-'));
  built = join(folder, 'dist');
  await build({
    configFile: join(import.meta.dirname, 'vite.config.ts'),
    logLevel: 'silent',
    build: { outDir: built, emptyOutDir: true },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

afterEach(async () => {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  await gateway?.stop();
});

async function open(options: BrowserContextOptions = {}, { holdClock = false, link = '' } = {}): Promise<Page> {
  complaints = [];
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) => complain('CSP: ' + event.violatedDirective));
  `);
  if (holdClock) await page.clock.install();
  await page.goto(link || `${gateway.url}?token=${TOKEN}`);
  return page;
}

const stationsShown = async (page: Page): Promise<string[]> => {
  const numbers = await page.locator('tbody th').allTextContents();
  return numbers.map((text) => text.replaceAll(/\D/g, ''));
};

/** The table has a bar of its own for scrolling sideways. */
const tableOverflow = (page: Page): Promise<number> =>
  page.locator('.stations').evaluate((frame) => frame.scrollWidth - frame.clientWidth);

const row = (page: Page, station: string) =>
  page
    .locator('tbody tr')
    .filter({ hasText: station.slice(5) })
    .first();

describe.skipIf(NO_BROWSER)(`The supervisor's page${NO_BROWSER}`, () => {
  it('is entered by the access link, whose token leaves the address bar at once', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    expect(page.url()).toBe(gateway.url);
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(5);
    expect(complaints).toEqual([]);
  });

  it('is entered by a click on the link in a chat or a mail, which is another site', async () => {
    gateway = await startGateway(built, manyStations());
    const elsewhere = await startSite(`<a href="${gateway.url}?token=${TOKEN}">stations</a>`);
    const page = await open({}, { link: elsewhere.url });
    await page.getByRole('link').click();
    await page.locator('tbody tr').first().waitFor(WITHIN);
    expect(page.url()).toBe(gateway.url);
    await elsewhere.stop();
  });

  it('is for nobody else: no token and a wrong token are refused with 401', async () => {
    gateway = await startGateway(built, manyStations());
    for (const path of ['', 'api/stations', 'api/stations/live', '?token=wrong']) {
      expect((await fetch(gateway.url + path, { redirect: 'manual' })).status, path).toBe(401);
    }
    for (const asset of await readdir(join(built, 'assets'))) {
      expect((await fetch(`${gateway.url}assets/${asset}`)).status, asset).toBe(401);
    }
  });

  it('puts the stations that do not talk first, and says so in words', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    await page.locator('tbody tr').first().waitFor();
    expect(await stationsShown(page)).toEqual(['2000310005', '2000310004', '1000210001', '1000110001', '1000110002']);
    expect(await page.locator('tbody .badge').allTextContents()).toEqual([
      'Never seen',
      'Silent',
      'Late',
      'Online',
      'Online',
    ]);
    const silent = await row(page, '2000310004').textContent();
    expect(silent).toContain('3 days ago');
    expect(silent).toContain('131 MB');
    expect(silent).toContain('too old');
    expect(await row(page, '1000210001').textContent()).toContain('18 minutesbehind');
    expect(await page.locator('.summary').textContent()).toBe(
      '5 stations2 silent157 packets waiting (174 MB)3 need attention',
    );
  });

  it('shows a change within seconds and tells a screen reader when a station comes back', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    await page.locator('tbody tr').first().waitFor();
    gateway.statuses = gateway.statuses.map((status) =>
      status.station === '2000310004'
        ? statusOf(status.station, { waiting: { packets: 5, bytes: 9_000_000, oldest: new Date().toISOString() } })
        : status,
    );
    await row(page, '2000310004').locator('.badge', { hasText: 'Online' }).waitFor(WITHIN);
    expect(await row(page, '2000310004').locator('.waiting').textContent()).toMatch(/5\s*9 MB/);
    await page.locator('[role=status]', { hasText: 'Station 2000310004 is online.' }).waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
  });

  it('lets relative times run on by themselves', async () => {
    gateway = await startGateway(built, [statusOf('1000110001')]);
    const page = await open({}, { holdClock: true });
    const seen = page.locator('tbody time');
    const before = await seen.textContent();
    await page.clock.fastForward(2_000);
    await expect.poll(() => seen.textContent(), WITHIN).not.toBe(before);
    expect(before).toMatch(/^\d+ seconds ago$/);
  });

  it('counts ages by the core’s clock where this computer’s is wrong', async () => {
    const aDayOffMs = 24 * 60 * 60 * 1_000;
    gateway = await startGateway(built, [statusOf('1000110001')]);
    const context = await browser.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.clock.install({ time: Date.now() + aDayOffMs });
    await page.goto(`${gateway.url}?token=${TOKEN}`);
    await page.locator('.badge', { hasText: 'Online' }).waitFor();
    expect(await page.locator('tbody time').textContent()).toMatch(/second/);
  });

  it('says that the connection is lost, and picks it up again by itself', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    await page.locator('tbody tr').first().waitFor();
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    const banner = page.locator('.banner');
    await banner.waitFor(WITHIN);
    expect(await banner.textContent()).toMatch(/The connection to the core is lost\. What you see is as of \d/);
    expect(await page.locator('tbody tr').count()).toBe(5);
    await page.locator('[role=status]', { hasText: 'lost' }).waitFor({ state: 'attached' });

    gateway = await startGateway(built, manyStations().slice(0, 3), { port });
    await banner.getByRole('button').click();
    await banner.waitFor({ state: 'detached', ...WITHIN });
    await expect.poll(() => page.locator('tbody tr').count(), WITHIN).toBe(3);
  });

  it('says which link is needed when the core came back with another token', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    await page.locator('tbody tr').first().waitFor();
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    gateway = await startGateway(built, manyStations(), { port, token: 'another-token' });
    await page.locator('.banner', { hasText: 'Open the access link' }).waitFor(WITHIN);
  });

  it('is sorted with the keyboard', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    const header = page.getByRole('columnheader', { name: 'Packets waiting' });
    const button = header.getByRole('button');
    await button.waitFor();
    while (!(await button.evaluate((element) => element === document.activeElement))) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect((await stationsShown(page)).slice(0, 2)).toEqual(['2000310004', '1000110002']);
    await page.keyboard.press('Space');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect(await stationsShown(page)).toEqual(['1000110001', '1000210001', '1000110002', '2000310004', '2000310005']);
    expect(await button.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  });

  it('speaks Arabic from right to left, and remembers the choice', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open();
    await page.getByRole('button', { name: 'العربية' }).click();
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    expect(await page.locator('html').getAttribute('lang')).toBe('ar');
    expect(await page.title()).toBe('المحطات · Enroute');
    const edge = async (name: string): Promise<number> =>
      (await page.getByRole('columnheader', { name, exact: true }).boundingBox())?.x ?? Number.NaN;
    expect(await edge('المحطة')).toBeGreaterThan(await edge('الساعة'));
    await page.reload();
    await page.getByRole('heading', { name: 'المحطات' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('starts in the browser’s language', async () => {
    gateway = await startGateway(built, []);
    const page = await open({ locale: 'fr-CI' });
    await page.getByText('Aucune station n’est encore déclarée.').waitFor();
  });

  it('stays a table for a screen reader when a phone shows it as cards', async () => {
    gateway = await startGateway(built, manyStations());
    const page = await open({ viewport: { width: 400, height: 900 } });
    await page.locator('tbody tr').first().waitFor();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    const devtools = await page.context().newCDPSession(page);
    const { nodes } = await devtools.send('Accessibility.getFullAXTree');
    const count = (role: string): number => nodes.filter((node) => !node.ignored && node.role?.value === role).length;
    expect(count('row')).toBe(5);
    expect(count('rowheader')).toBe(5);
    await page.getByLabel('Sort by').selectOption('completed');
    expect((await stationsShown(page))[0]).toBe('1000110001');
  });

  it.each(['en', 'fr', 'ar'])(
    'fits and is drawn without a complaint in %s, light and dark, wide and narrow',
    async (locale) => {
      gateway = await startGateway(built, manyStations());
      const page = await open({ locale });
      await page.locator('tbody tr').first().waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [1440, 1280, 400]) {
          await page.setViewportSize({ width, height: 620 });
          expect(await overflowOf(page), `${width} px`).toBeLessThanOrEqual(0);
          expect(await tableOverflow(page), `${width} px`).toBeLessThanOrEqual(0);
          await keepScreenshot(page, `console-${locale}-${colorScheme}-${width}`);
        }
      }
      expect(complaints).toEqual([]);
    },
  );
});

/** The stations page in a real browser, built as it is shipped, served by the core's own routes. */
import { keepScreenshot, NO_BROWSER, overflowOf, PATIENCE_MS } from '@enroute/shared/ui/browser.fixture.ts';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowserConsole } from './browser-console.fixture.ts';
import { startSite } from './console.fixture.ts';
import { manyStations, statusOf } from './statuses.fixture.ts';

const WITHIN = { timeout: PATIENCE_MS };
/** More than there are stops on the way to the table. */
const MOST_TABS = 50;

const console = openBrowserConsole();
let cookie = '';

beforeAll(async () => {
  if (!NO_BROWSER) cookie = await console.core.signedIn('olga', ['operations']);
});

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

describe.skipIf(NO_BROWSER)(`The stations page${NO_BROWSER}`, () => {
  it('is there at once for whoever comes by a link on another site and is signed in', async () => {
    console.core.statuses = manyStations();
    const elsewhere = await startSite(`<a href="${console.core.url}">stations</a>`);
    const page = await console.open({ cookie, address: elsewhere.url });
    await page.getByRole('link').click();
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(5);
    await elsewhere.stop();
    expect(console.complaints).toEqual([]);
  });

  it('puts the stations that do not talk first, and says so in words', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    await page.locator('tbody tr').first().waitFor();
    expect(await stationsShown(page)).toEqual(['2000310005', '2000310004', '1000210001', '1000110001', '1000110002']);
    expect(await page.locator('tbody .link .badge').allTextContents()).toEqual([
      'Never seen',
      'Silent',
      'Late',
      'Online',
      'Online',
    ]);
    const silent = await row(page, '2000310004').textContent();
    expect(silent).toContain('Suspended');
    expect(silent).toContain('3 days ago');
    expect(silent).toContain('131 MB');
    expect(silent).toContain('too old');
    expect(await row(page, '1000210001').textContent()).toContain('18 minutesbehind');
    expect(await page.locator('.summary').textContent()).toBe(
      '5 stations2 silent157 packets waiting (174 MB)3 need attention',
    );
  });

  it('shows a change within seconds and tells a screen reader when a station comes back', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    await page.locator('tbody tr').first().waitFor();
    console.core.statuses = console.core.statuses.map((status) =>
      status.station === '2000310004'
        ? statusOf(status.station, { waiting: { packets: 5, bytes: 9_000_000, oldest: new Date().toISOString() } })
        : status,
    );
    await row(page, '2000310004').locator('.badge', { hasText: 'Online' }).waitFor();
    expect(await row(page, '2000310004').locator('.waiting').textContent()).toMatch(/5\s*9 MB/);
    await page.locator('[role=status]', { hasText: 'Station 2000310004 is online.' }).waitFor({ state: 'attached' });
    expect(console.complaints).toEqual([]);
  });

  it('lets relative times run on by themselves', async () => {
    console.core.statuses = [statusOf('1000110001')];
    const page = await console.open({ cookie, prepare: (opened) => opened.clock.install() });
    const seen = page.locator('tbody time');
    const before = await seen.textContent();
    await page.clock.fastForward(2_000);
    await expect.poll(() => seen.textContent(), WITHIN).not.toBe(before);
    expect(before).toMatch(/^\d+ seconds ago$/);
  });

  it('counts ages by the core’s clock where this computer’s is wrong', async () => {
    const aDayOffMs = 24 * 60 * 60 * 1_000;
    console.core.statuses = [statusOf('1000110001')];
    const time = Date.now() + aDayOffMs;
    const page = await console.open({ cookie, prepare: (opened) => opened.clock.install({ time }) });
    await page.locator('.badge', { hasText: 'Online' }).waitFor();
    expect(await page.locator('tbody time').textContent()).toMatch(/second/);
  });

  it('says that the connection is lost, and picks it up again by itself', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    await page.locator('tbody tr').first().waitFor();
    await console.core.goAway();
    const banner = page.locator('.banner');
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(/The connection to the core is lost\. What you see is as of \d/);
    expect(await page.locator('tbody tr').count()).toBe(5);
    await page.locator('[role=status]', { hasText: 'lost' }).waitFor({ state: 'attached' });

    console.core.statuses = manyStations().slice(0, 3);
    await console.core.comeBack();
    await banner.getByRole('button').click();
    await banner.waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('tbody tr').count(), WITHIN).toBe(3);
  });

  it('shows the stations that are looked for, by number or by what is the matter', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    await page.getByLabel('Find a station').fill('10001 1000');
    await page.getByText('2 shown').waitFor();
    expect(await stationsShown(page)).toEqual(['1000110001', '1000110002']);
    await page.getByLabel('Find a station').fill('');
    await page.getByLabel('Show').selectOption('suspended');
    await page.getByText('1 shown').waitFor();
    expect(await stationsShown(page)).toEqual(['2000310004']);
  });

  it('is sorted with the keyboard', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    const header = page.getByRole('columnheader', { name: 'Packets waiting' });
    const button = header.getByRole('button');
    await button.waitFor();
    const isReached = () => button.evaluate((element) => element === document.activeElement);
    for (let tabs = 0; tabs < MOST_TABS && !(await isReached()); tabs += 1) await page.keyboard.press('Tab');
    expect(await isReached()).toBe(true);
    await page.keyboard.press('Enter');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect((await stationsShown(page)).slice(0, 2)).toEqual(['2000310004', '1000110002']);
    await page.keyboard.press('Space');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect(await stationsShown(page)).toEqual(['1000110001', '1000210001', '1000110002', '2000310004', '2000310005']);
    expect(await button.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  });

  it('speaks Arabic from right to left, and remembers the choice', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie });
    await page.getByRole('button', { name: 'العربية' }).click();
    await page.locator('html[dir=rtl][lang=ar]').waitFor({ state: 'attached' });
    await expect.poll(() => page.title()).toBe('المحطات · Enroute');
    const edge = async (name: string): Promise<number> =>
      (await page.getByRole('columnheader', { name, exact: true }).boundingBox())?.x ?? Number.NaN;
    expect(await edge('المحطة')).toBeGreaterThan(await edge('الساعة'));
    await page.reload();
    await page.getByRole('heading', { name: 'المحطات' }).waitFor();
    expect(console.complaints).toEqual([]);
  });

  it('starts in the browser’s language', async () => {
    console.core.statuses = [];
    const page = await console.open({ cookie, locale: 'fr-CI' });
    await page.getByText('Aucune station n’est encore déclarée.').waitFor();
  });

  it('stays a table for a screen reader when a phone shows it as cards', async () => {
    console.core.statuses = manyStations();
    const page = await console.open({ cookie, viewport: { width: 400, height: 900 } });
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
      console.core.statuses = manyStations();
      const page = await console.open({ cookie, locale });
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
      expect(console.complaints).toEqual([]);
    },
  );
});

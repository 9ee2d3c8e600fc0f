/** Tests look at the screens with a real Chromium, Debian's; without one they are skipped and their name says so. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page, type PageScreenshotOptions } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Names a folder for those who want to see what the tests saw. */
const SCREENSHOTS = process.env.ENROUTE_SCREENSHOTS;

/** Of each wait for a page: it ends with what was waited for, before the test is cut off without a word. */
export const PATIENCE_MS = 15_000;

/** Empty when there is a browser; otherwise what to put behind a test's name. */
export const NO_BROWSER = existsSync(CHROMIUM) ? '' : ` (skipped: there is no ${CHROMIUM}; set CHROMIUM_PATH)`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Every test opens a page of its own; starting a process for each takes longer than the test.
      '--renderer-process-limit=1',
    ],
  });
}

export async function keepScreenshot(page: Page, name: string, options: PageScreenshotOptions = {}): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ ...options, path: join(SCREENSHOTS, `${name}.png`) });
}

/** How far the page can be scrolled sideways; 0 when everything fits. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** One browser, one built page and one core for all tests of a file; each test has a browsing context of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { launchBrowser, NO_BROWSER, PATIENCE_MS } from '@enroute/shared/ui/browser.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openTestConsole, type TestConsole } from './console.fixture.ts';

const WIDE = { width: 1440, height: 620 };
const COOKIE = 'enroute-session';

interface Opening extends BrowserContextOptions {
  /** Of a session; without it nobody is signed in. */
  readonly cookie?: string;
  /** Behind the page's address, e.g. "#link=…" or "#/people". */
  readonly at?: string;
  /** Another address altogether. */
  readonly address?: string;
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
}

export interface BrowserConsole {
  readonly core: TestConsole;
  /** What the browser complained about in the present test; violations of the content security policy are among it. */
  readonly complaints: readonly string[];
  open(opening?: Opening): Promise<Page>;
}

/** To be called once, at the head of a file. */
export function openBrowserConsole(): BrowserConsole {
  let browser: Browser | undefined;
  let folder = '';
  let core: TestConsole | undefined;
  let complaints: string[] = [];

  beforeAll(async () => {
    if (NO_BROWSER) return;
    folder = await mkdtemp(join(quickTmpdir(), 'enroute-console-'));
    const built = join(folder, 'dist');
    const configFile = join(import.meta.dirname, 'vite.config.ts');
    await build({ configFile, logLevel: 'silent', build: { outDir: built, emptyOutDir: true } });
    [browser, core] = await Promise.all([launchBrowser(), openTestConsole(built)]);
  });
  afterAll(async () => {
    await browser?.close();
    await core?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  });

  return {
    get core() {
      if (!core) throw new Error('there is no browser');
      return core;
    },
    get complaints() {
      return complaints;
    },
    open: async ({ cookie, at = '', address, prepare, ...options } = {}) => {
      if (!browser || !core) throw new Error('there is no browser');
      complaints = [];
      const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', ...options });
      context.setDefaultTimeout(PATIENCE_MS);
      const { origin } = new URL(core.url);
      if (cookie) await context.addCookies([{ name: COOKIE, value: cookie, url: origin, sameSite: 'Lax' }]);
      const page = await context.newPage();
      page.on('console', (message) => {
        // That a request was refused is what some tests are about, and is shown on the page.
        if (message.text().startsWith('Failed to load resource')) return;
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.exposeFunction('complain', (text: string) => complaints.push(text));
      await page.addInitScript(`
        document.addEventListener('securitypolicyviolation', (event) => complain('CSP: ' + event.violatedDirective));
      `);
      await prepare?.(page);
      await page.goto(address ?? core.url + at);
      return page;
    },
  };
}

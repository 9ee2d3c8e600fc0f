/**
 * The app's window in a plain Chromium: the built page, served by the app's own file handler with its policy, over the
 * built preload script, whose messages go to the real main-process modules in this process. Only Electron is missing.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Station } from '@enroute/edge-agent/station.ts';
import { PATIENCE_MS } from '@enroute/shared/ui/browser.fixture.ts';
import type { Logger } from 'pino';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { APP_URL, serveAppFiles } from './main/app-files.ts';
import { forwardEvents } from './main/forward-events.ts';
import { answerWindow } from './main/ipc-handlers.ts';
import { type FakeStation, fakeIpc, OWN_PAGE, WINDOW_ID } from './station.fixture.ts';

const HOST = '127.0.0.1';

export interface TestWindow {
  readonly page: Page;
  /** What the browser complained about or printed; violations of the content security policy are among it. */
  readonly printed: readonly string[];
  close(): Promise<void>;
}

export interface WindowOptions extends BrowserContextOptions {
  /** The built app. */
  readonly dist: string;
  readonly station: FakeStation;
  /** In place of `station`, for one that can't be started. */
  readonly opening?: () => Promise<Station>;
  readonly log: Logger;
  /** Takes the page's clock into the test's hand. */
  readonly holdClock?: boolean;
}

export async function openWindow(browser: Browser, options: WindowOptions): Promise<TestWindow> {
  const { dist, station, opening, log, holdClock, ...context } = options;
  const ipc = fakeIpc();
  const started = opening?.() ?? Promise.resolve(station);
  // It may have failed long before the page asks.
  started.catch(() => undefined);
  answerWindow(ipc, { station: started, windowId: WINDOW_ID, log });
  const files = await servePage(join(dist, 'renderer'));

  const browserContext = await browser.newContext({
    viewport: { width: 1180, height: 900 },
    locale: 'en-GB',
    ...context,
  });
  browserContext.setDefaultTimeout(PATIENCE_MS);
  const page = await browserContext.newPage();
  const printed: string[] = [];
  page.on('console', (message) => printed.push(message.text()));
  page.on('pageerror', (error) => printed.push(error.message));
  await page.exposeFunction('enroutePrinted', (text: string) => printed.push(text));
  await page.exposeFunction('enrouteInvoke', (channel: string, values: unknown[]) =>
    ipc.invoke(channel, OWN_PAGE, ...values),
  );
  await page.addInitScript(electronStandIn(await readFile(join(dist, 'preload.cjs'), 'utf8')));
  if (holdClock) await page.clock.install();
  const stop = forwardEvents(station.events, (channel, value) => {
    const deliver = ([name, told]: unknown[]) =>
      (globalThis as unknown as { enrouteDeliver(name: unknown, told: unknown): void }).enrouteDeliver(name, told);
    page.evaluate(deliver, [channel, value]).catch(() => undefined);
  });
  await page.goto(files.url);
  return {
    page,
    printed,
    close: async () => {
      stop();
      await browserContext.close();
      await files.stop();
    },
  };
}

/** What the preload script needs of Electron, in a browser. */
function electronStandIn(preload: string): string {
  return `(() => {
    const listeners = new Map();
    const of = (channel) => listeners.get(channel) ?? listeners.set(channel, new Set()).get(channel);
    window.enrouteDeliver = (channel, value) => of(channel).forEach((listener) => listener({}, value));
    const ipcRenderer = {
      invoke: (channel, ...values) => window.enrouteInvoke(channel, values),
      on: (channel, listener) => of(channel).add(listener),
      off: (channel, listener) => of(channel).delete(listener),
    };
    const contextBridge = { exposeInMainWorld: (name, api) => { window[name] = api; } };
    const require = () => ({ ipcRenderer, contextBridge });
    document.addEventListener('securitypolicyviolation', (event) => enroutePrinted('CSP: ' + event.violatedDirective));
    ${preload}
  })();`;
}

async function servePage(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const serve = serveAppFiles(folder);
  const server = createServer((request, response) => {
    void serve(new Request(new URL(request.url ?? '/', APP_URL))).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/index.html`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

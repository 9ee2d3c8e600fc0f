/** The console of people in a real browser: signing in, and what administrators do. */
import { keepScreenshot, NO_BROWSER, overflowOf } from '@enroute/shared/ui/browser.fixture.ts';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { put, registrationOf, ridOf } from '../pipeline/pipeline.fixture.ts';
import { openBrowserConsole } from './browser-console.fixture.ts';
import { PASSWORD, registerStation } from './console.fixture.ts';
import { manyStations } from './statuses.fixture.ts';

const STATION = '1000110001';
const PAGES = ['stations', 'stations/invite', 'dead-letters', 'pause-rules', 'people', 'services', 'audit', 'account'];
const NARROW = { width: 320, height: 720 };

const console = openBrowserConsole();
let administrator = '';

beforeAll(async () => {
  if (NO_BROWSER) return;
  administrator = await console.core.signedIn('root', ['administrator']);
  await registerStation(console.core, STATION);
  console.core.statuses = manyStations();
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const alert = (page: Page) => page.getByRole('alert').filter({ hasText: /\w/ });

async function signIn(page: Page, id: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(id);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

describe.skipIf(NO_BROWSER)(`The console${NO_BROWSER}`, () => {
  it('takes a new administrator from the link by a password and a second factor to the stations', async () => {
    const { link } = await console.core.people.administration.create('amina', {
      roles: ['administrator'],
      centers: 'all',
    });
    const page = await console.open({ at: `#link=${link}` });
    await heading(page, 'Choose a password').waitFor();
    expect(page.url()).toBe(console.core.url);
    await page.getByLabel('New password', { exact: true }).fill('short');
    await page.getByLabel('New password, once more').fill('short');
    await press(page, 'Change password');
    await page.getByText('This is too short.').waitFor();
    await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('New password, once more').fill(PASSWORD);
    await press(page, 'Change password');

    await heading(page, 'Second factor').waitFor();
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    expect(await page.getByRole('button', { name: 'Later' }).count()).toBe(0);
    await keepScreenshot(page, 'console-second-factor', { fullPage: true });
    const secret = (await page.locator('.secret code').textContent()) ?? '';
    await page.getByRole('textbox', { name: 'Code' }).fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
    await press(page, 'Switch it on');
    await heading(page, 'Stations').waitFor();
    await page.locator('tbody tr').first().waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Stations',
      'Registrations',
      'Dead letters',
      'Pause rules',
      'People',
      'Services',
      'Audit',
    ]);
    await page.mouse.move(0, 0);
    await keepScreenshot(page, 'console-stations', { fullPage: true });

    await press(page, 'Sign out');
    await page.getByText('You are signed out.').waitFor();
    await signIn(page, 'amina');
    await alert(page).filter({ hasText: 'A code from your authenticator app is needed' }).waitFor();
    expect(
      await page.getByRole('textbox', { name: 'Code' }).evaluate((field) => field === document.activeElement),
    ).toBe(true);
    expect(console.complaints).toEqual([]);
  });

  it('says that a password is wrong, and until when it is locked after too many', async () => {
    await console.core.signedIn('sam', ['supervisor'], ['10001']);
    const page = await console.open();
    await signIn(page, 'sam', 'not the password at all');
    await alert(page).filter({ hasText: 'The name or the password is wrong.' }).waitFor();
    await keepScreenshot(page, 'console-sign-in-wrong');
    for (let tries = 0; tries < 8; tries += 1) {
      await press(page, 'Sign in');
      await page.locator('form [aria-busy=false]').waitFor();
      if (await page.getByText(/locked until/).isVisible()) break;
    }
    await page.getByText(/Signing in is locked until \d/).waitFor();
  });

  it('goes back to signing in, with the reason, when the session was ended elsewhere', async () => {
    const cookie = await console.core.signedIn('eve', ['auditor']);
    const page = await console.open({ cookie, at: '#/people' });
    await heading(page, 'People').waitFor();
    await console.core.people.administration.change('eve', { roles: ['auditor'], centers: 'all', state: 'closed' });
    // Not by its link: the page may have noticed by then, and shows none any more.
    await page.goto(`${console.core.url}#/services`);
    await page.getByText('Your session has ended').waitFor();
  });

  it('says why a link does not work, and offers to sign in', async () => {
    const page = await console.open({ at: '#link=used-long-ago' });
    await alert(page).filter({ hasText: 'ENR-PPL-006' }).waitFor();
    expect(page.url()).toBe(console.core.url);
    await page.getByLabel('Name').waitFor();
  });

  it('shows a supervisor the stations of their center, and no page of others', async () => {
    const cookie = await console.core.signedIn('sofia', ['supervisor'], ['10001']);
    const page = await console.open({ cookie, at: '#/people' });
    await page.locator('tbody tr').first().waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Stations',
      'Registrations',
    ]);
    expect(await page.getByRole('link', { name: 'Invite a station' }).count()).toBe(0);
  });

  it('invites a station on paper that speaks three languages', async () => {
    const page = await console.open({ cookie: administrator, at: '#/stations/invite' });
    await page.getByLabel('Number of the station').fill('10001 10009');
    await press(page, 'Make the invitation');
    const slip = page.getByRole('article');
    await slip.waitFor();
    const text = (await slip.textContent()) ?? '';
    for (const title of ['To make this computer a station', 'Pour faire de cet ordinateur une station', 'لجعل هذا']) {
      expect(text).toContain(title);
    }
    expect(text).toMatch(/enr1\.[\w-]{100,}/);
    await keepScreenshot(page, 'console-invitation', { fullPage: true });
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('banner').isVisible()).toBe(false);
    expect(await slip.getByRole('img').isVisible()).toBe(true);
    await keepScreenshot(page, 'console-invitation-print');
    expect(console.complaints).toEqual([]);
  });

  it('suspends a station after it has said what becomes of its packets, and reinstates it', async () => {
    const page = await console.open({ cookie: administrator, at: `#/stations/${STATION}` });
    await press(page, 'Suspend');
    const dialog = page.getByRole('dialog', { name: 'Suspend this station?' });
    expect(await dialog.textContent()).toContain('Packets that wait there stay there, sealed and safe');
    await keepScreenshot(page, 'console-suspend');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('The station is suspended.').waitFor();
    expect((await console.core.register.get(STATION)).state).toBe('suspended');
    await press(page, 'Reinstate');
    await page.getByRole('dialog').getByRole('button', { name: 'Reinstate' }).click();
    await page.getByText('The station is active again.').waitFor();
    await keepScreenshot(page, 'console-station', { fullPage: true });
    expect((await console.core.register.get(STATION)).state).toBe('active');
  });

  it('has its question in front before the next key can come', async () => {
    const page = await console.open({ cookie: administrator, at: `#/stations/${STATION}` });
    const suspend = page.getByRole('button', { name: 'Suspend', exact: true });
    const isInFront = await suspend.evaluate(async (button) => {
      if (button instanceof HTMLElement) button.click();
      // A message is delivered before anything is drawn, as a key may be.
      const { port1, port2 } = new MessageChannel();
      const delivered = new Promise((resolve) => {
        port1.onmessage = resolve;
      });
      port2.postMessage('');
      await delivered;
      return document.querySelector('dialog')?.matches(':modal');
    });
    expect(isInFront).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('shows the code and the next step when the core refuses, and keeps the question open', async () => {
    const station = '1000110002';
    await registerStation(console.core, station);
    const page = await console.open({ cookie: administrator, at: `#/stations/${station}` });
    await press(page, 'Suspend');
    await console.core.register.change(station, (entry) => {
      if (!entry) throw new Error('not registered');
      return { ...entry, state: 'revoked' };
    });
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'ENR-TRU-008' }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('adds a person and shows the link once, which lets them in', async () => {
    const page = await console.open({ cookie: administrator, at: '#/people' });
    await press(page, 'Add a person');
    await page.getByLabel('Name').fill('lea');
    await page.getByLabel('Supervisor').check();
    await page.getByLabel('Centers', { exact: true }).fill('10001 20003');
    await page.getByLabel('Your own password').fill(PASSWORD);
    await page.getByRole('textbox', { name: 'Code' }).fill(console.core.nextCode('root'));
    await page.locator('form').getByRole('button', { name: 'Add a person' }).click();
    await page.getByText('The link is shown this one time.').waitFor();
    await keepScreenshot(page, 'console-people', { fullPage: true });
    const address = (await page.locator('.secret code').textContent()) ?? '';
    const theirs = await console.open({ address });
    await heading(theirs, 'Choose a password').waitFor();
  });

  it('asks somebody who is signed in before a link that they have opened counts', async () => {
    const given = { roles: ['auditor'], centers: 'all' } as const;
    const { link } = await console.core.people.administration.create('planted', given);
    // Whoever follows a link is signed out of the session of before: one of its own.
    const cookie = await console.core.signedIn('omar', ['auditor']);
    const page = await console.open({ cookie, at: '#/audit' });
    await heading(page, 'Audit').waitFor();
    const plant = (): Promise<void> =>
      page.evaluate((hash) => {
        location.hash = hash;
      }, `link=${link}`);
    await plant();
    await press(page, 'Go on as omar');
    await heading(page, 'Stations').waitFor();
    expect(page.url()).toBe(console.core.url);
    await plant();
    await page.getByText('If nobody has handed it to you').waitFor();
    await keepScreenshot(page, 'console-link-choice');
    await press(page, 'Sign in with the link');
    await page.getByText('You are signed in as planted').waitFor();
  });

  it('looks a registration up by its number, and takes a dead letter up again', async () => {
    const rid = ridOf(1);
    const history = [
      { at: new Date().toISOString(), stage: 'QUALITY', outcome: 'failed', code: 'ENR-ENG-001' as const },
    ];
    await put(
      console.core.registrations,
      registrationOf(rid, { state: 'DEAD_LETTER', stage: 'QUALITY', attempts: 5, history }),
    );
    const page = await console.open({ cookie: administrator, at: '#/registrations' });
    await page.getByLabel('Registration number').fill(rid.replace(/(.{5})/g, '$1 '));
    await press(page, 'Look up');
    await page.getByText('Dead letter: somebody must look').waitFor();
    await page.getByText('QUALITY · failed · ENR-ENG-001').waitFor();
    await keepScreenshot(page, 'console-registration');
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await press(page, 'Take up again');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await press(page, 'Take up again');
    await page.getByRole('dialog').getByRole('button', { name: 'Take up again' }).click();
    await page.getByText('Ordered. It is being carried out.').waitFor();
    await console.core.carryOutOrders();
    await page.getByText('Carried out.').waitFor();
    await page.getByText('There is none.').waitFor();
    expect(await console.core.registrations.get(rid)).toMatchObject({ state: 'IN_FLOW', attempts: 0 });
  });

  it('shows the audit of all that, and that it holds', async () => {
    const page = await console.open({ cookie: administrator, at: '#/audit' });
    await page.getByRole('cell', { name: 'station.invite' }).first().waitFor();
    await press(page, 'Verify');
    await page.getByText('The audit holds', { exact: true }).waitFor();
    await keepScreenshot(page, 'console-audit');
  });

  it.each(['en', 'ar'])('fits a phone of 320 px on every page in %s', async (locale) => {
    const page = await console.open({ cookie: administrator, locale, viewport: NARROW });
    await page.locator('h1').waitFor();
    for (const at of [...PAGES, `stations/${STATION}`]) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/${at}`);
      await page.locator('main .quiet', { hasText: '…' }).waitFor({ state: 'detached' });
      expect(await overflowOf(page), at).toBeLessThanOrEqual(0);
      await keepScreenshot(page, `console-320-${locale}-${at.replaceAll('/', '-')}`, { fullPage: true });
    }
    expect(console.complaints).toEqual([]);
  });
});

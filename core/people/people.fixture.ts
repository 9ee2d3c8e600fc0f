/** What the tests of people share: a store of its own, a clock that the test sets, and people on one or more gateways. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { parseSetCookie } from 'cookie';
import { TOTP, URI } from 'otpauth';
import { onTestFinished } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { Database } from '../store/store.ts';
import { type Entered, openPeople, type People, type PeopleOptions } from './people.ts';
import type { Role } from './person.ts';
import type { Cookies } from './session-cookie.ts';

const START = new Date('2026-03-01T10:00:00.000Z');
export const MINUTE_MS = 60_000;
export const PASSWORD = 'four words that do not belong';
const STORAGE_KEY = new Uint8Array(32).fill(7);
/** The least that argon2id takes: what it costs is not what is tested. */
const QUICK = { memoryKiB: 64, passes: 1 } as const;

export interface TestPeople {
  readonly people: People;
  readonly databases: { readonly people: Database; readonly sessions: Database };
  readonly folder: string;
  /** Moves the clock of every gateway on. */
  pass(ms: number): void;
  now(): Date;
  /** The same people at another gateway. */
  gateway(options?: Partial<PeopleOptions>): People;
  /** Enters a person who has chosen a password; their session. */
  enter(id: string, roles?: readonly Role[]): Promise<Cookies>;
  /** Sets up a second factor; what an authenticator would show now, or so many steps off. */
  secondFactor(id: string): Promise<(stepsOff?: number) => string>;
}

export async function openTestPeople(options: Partial<PeopleOptions> = {}): Promise<TestPeople> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-people-'));
  const store = await openStore({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  let time = START.getTime();
  const now = (): Date => new Date(time);
  const databases = { people: await store.database('people'), sessions: await store.database('sessions') };
  const keys = { storage: STORAGE_KEY };
  const gateway = (more: Partial<PeopleOptions> = {}): People =>
    openPeople({ ...databases, keys, now, secureCookies: false, derivation: QUICK, ...options, ...more });
  const people = gateway();
  return {
    people,
    databases,
    folder,
    now,
    pass: (ms) => {
      time += ms;
    },
    gateway,
    enter: async (id, roles = ['operations']) => {
      const { link } = await people.administration.create(id, { roles, centers: 'all' });
      await people.signInByLink(link);
      return cookiesOf(await people.changePassword(id, undefined, PASSWORD));
    },
    secondFactor: async (id) => {
      const { uri } = await people.offerSecondFactor(id, PASSWORD);
      const totp = URI.parse(uri);
      if (!(totp instanceof TOTP)) throw new Error('Not a TOTP.');
      const code = (stepsOff = 0): string => totp.generate({ timestamp: time + stepsOff * 30_000 });
      await people.confirmSecondFactor(id, code());
      time += MINUTE_MS;
      return code;
    },
  };
}

/** What a browser sends after this answer. */
export function cookiesOf({ cookie }: Pick<Entered, 'cookie'>): Cookies {
  const { name, value } = parseSetCookie(cookie);
  return { [name]: value };
}

/** "ok", or the code of the refusal. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

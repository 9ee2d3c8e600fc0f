/** The people and services of the core: who they are, how they are let in, and what they may do. */
import { randomBytes } from 'node:crypto';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Database } from '../store/store.ts';
import { openFamiliarNetworks } from './familiar-networks.ts';
import { openAdministratorRoster } from './last-administrator.ts';
import { type OwnAccount, openOwnAccount } from './own-account.ts';
import { type DerivationCost, openPasswordHashes } from './password-hash.ts';
import { openPeopleAdministration, type PeopleAdministration } from './people-administration.ts';
import type { Actor } from './person.ts';
import { openPersonRecords, type PersonRecord } from './person-records.ts';
import { openSecondFactors } from './second-factor.ts';
import type { RandomBytes } from './secret-token.ts';
import { openServiceAccounts, type ServiceAccounts } from './service-accounts.ts';
import { type Cookies, sessionCookie, sessionTokenIn } from './session-cookie.ts';
import { openSessions, type Session, type SessionTimes } from './sessions.ts';
import { type Credentials, type SignedIn, type SignInParts, signIn, signInByLink } from './sign-in.ts';
import { openSignInLinks } from './sign-in-links.ts';
import { openSignInTries } from './sign-in-tries.ts';
import { type Standing, standingOf } from './standing.ts';

export interface PeopleOptions {
  readonly people: Database;
  readonly sessions: Database;
  readonly keys: { readonly storage: Uint8Array };
  readonly now: () => Date;
  /** Whether browsers reach the gateway over TLS, its own or a proxy's: the cookie is then for TLS alone. */
  readonly secureCookies: boolean;
  /** False for a pilot: administrators and adjudicators may then do without. */
  readonly demandSecondFactor?: boolean;
  /** Thirty minutes and twelve hours, unless it is said. */
  readonly sessionTimes?: SessionTimes;
  readonly random?: RandomBytes;
  readonly derivation?: DerivationCost;
}

/** The value of Set-Cookie for a session that begins or ends, and how its person stands. */
export interface Entered {
  readonly cookie: string;
  readonly standing: Standing;
}

export interface People {
  /** @throws SignInRefusal ENR-PPL-001, -002, -003; EnrouteError ENR-PPL-007. */
  signIn(credentials: Credentials): Promise<Entered>;
  /** @throws SignInRefusal ENR-PPL-006 */
  signInByLink(link: string, network?: string): Promise<Entered>;
  /** @returns the cookie that takes the session's away */
  signOut(cookies: Cookies): Promise<string>;
  /** How the person of a session stands; undefined where there is none, or it has ended. */
  standing(cookies: Cookies): Promise<Standing | undefined>;
  /**
   * Whoever sends a request: the service whose secret it carries, or the person whose session it does.
   * @throws EnrouteError ENR-PPL-004 without a session that holds, ENR-PPL-005 on a service's secret that does not.
   */
  authenticatePerson(
    cookies: Cookies,
    authorization: string | undefined,
  ): Promise<{ readonly actor: Actor; readonly by: 'session' | 'service' }>;
  /** For what lasts: who it is that looks on, if they still may. To look on keeps no session from ending. */
  stillThere(cookies: Cookies, authorization: string | undefined): Promise<Actor | undefined>;
  actorOfSession(token: string): Promise<Actor | undefined>;
  actorOfService(secret: string): Promise<Actor | undefined>;
  /** Changes of one's own account; each that ends the other sessions answers with a new cookie. */
  changePassword(person: string, from: string | undefined, to: string, network?: string): Promise<Entered>;
  offerSecondFactor: OwnAccount['offerSecondFactor'];
  confirmSecondFactor(person: string, code: string): Promise<Entered>;
  removeSecondFactor(person: string, password: string, code: string, network?: string): Promise<Entered>;
  prove: OwnAccount['prove'];
  readonly administration: PeopleAdministration;
  readonly services: ServiceAccounts;
  /** Removes sessions, links and counts of tries that have ended by time. @returns how many */
  sweep(signal?: AbortSignal): Promise<number>;
}

const BEARER = /^Bearer ([\x21-\x7e]{1,256})$/i;

export function openPeople(options: PeopleOptions): People {
  const { people, keys, now, secureCookies, demandSecondFactor = true, random = randomBytes } = options;
  const records = openPersonRecords(people);
  const sessions = openSessions(options.sessions, now, random, options.sessionTimes);
  const links = openSignInLinks(people, now, random);
  const tries = openSignInTries(people, keys.storage, now);
  const services = openServiceAccounts(people, now, random);
  const roster = openAdministratorRoster(people);
  const parts: SignInParts = {
    records,
    tries,
    hashes: openPasswordHashes(options.derivation),
    factors: openSecondFactors(keys.storage, now, random),
    sessions,
    links,
    networks: openFamiliarNetworks(keys.storage),
    now,
  };
  const account = openOwnAccount(parts);

  const standing = (record: PersonRecord): Standing => standingOf(record, demandSecondFactor);
  const entered = async (signedIn: Promise<SignedIn>): Promise<Entered> => {
    const { token, record } = await signedIn;
    return { cookie: sessionCookie(token, secureCookies), standing: standing(record) };
  };

  async function personOf(session: Session | undefined): Promise<Standing | undefined> {
    const record = session && (await records.get(session.person));
    if (record?.state !== 'active' || record.generation !== session?.generation) return undefined;
    return standing(record);
  }

  async function ofSession(token: string | undefined, asked: 'asked' | 'looks-on'): Promise<Standing | undefined> {
    return personOf(await sessions.find(token, asked));
  }

  async function identify(cookies: Cookies, authorization: string | undefined, asked: 'asked' | 'looks-on') {
    if (authorization !== undefined) {
      const secret = BEARER.exec(authorization)?.[1];
      const actor = secret === undefined ? undefined : await services.actorOf(secret);
      return actor && ({ actor, by: 'service' } as const);
    }
    const actor = (await ofSession(sessionTokenIn(cookies, secureCookies), asked))?.actor;
    return actor && ({ actor, by: 'session' } as const);
  }

  return {
    signIn: (credentials) => entered(signIn(parts, credentials)),
    signInByLink: (link, network) => entered(signInByLink(parts, link, network)),
    signOut: async (cookies) => {
      await sessions.end(sessionTokenIn(cookies, secureCookies));
      return sessionCookie(undefined, secureCookies);
    },
    standing: (cookies) => ofSession(sessionTokenIn(cookies, secureCookies), 'asked'),
    authenticatePerson: async (cookies, authorization) => {
      const known = await identify(cookies, authorization, 'asked');
      if (!known) throw new EnrouteError(authorization === undefined ? 'ENR-PPL-004' : 'ENR-PPL-005');
      return known;
    },
    stillThere: async (cookies, authorization) => (await identify(cookies, authorization, 'looks-on'))?.actor,
    actorOfSession: async (token) => (await ofSession(token, 'asked'))?.actor,
    actorOfService: (secret) => services.actorOf(secret),
    changePassword: (person, from, to, network) => entered(account.changePassword(person, from, to, network)),
    offerSecondFactor: account.offerSecondFactor,
    confirmSecondFactor: (person, code) => entered(account.confirmSecondFactor(person, code)),
    removeSecondFactor: (person, password, code, network) =>
      entered(account.removeSecondFactor(person, password, code, network)),
    prove: account.prove,
    administration: openPeopleAdministration({ records, roster, links, tries, now }),
    services,
    sweep: async (signal) => (await sessions.sweep(signal)) + (await links.sweep(signal)) + (await tries.sweep(signal)),
  };
}

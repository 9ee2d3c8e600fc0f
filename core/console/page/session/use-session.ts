/**
 * Who sits before the page.
 *
 * ```
 * asking      the core is asked whether there is a session, or given the one-time link
 * unreached   it did not answer; asked again by a press
 * out         nobody is signed in; `why` says how that came about
 * choosing    someone is, and a one-time link was opened: whoever planted it would have them work in another's name, so
 *             it counts only after a press
 * in          someone is; with `mustChangePassword` nothing else can be done before
 * ```
 * Whatever the page asks for may be answered with "not signed in": then the session is asked for, and where it is over the
 * page goes back to signing in. A wrong password in a form is answered in the same way, and ends nothing.
 */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Session, sessionSchema } from '../api/answers.ts';
import { type CoreApi, openCoreApi, type Problem, problemOf, Refusal } from '../api/core-api.ts';
import { takeLink } from './link.ts';

const SESSION = '/api/session';
const SESSION_LINK = '/api/session/link';

export type SessionState =
  | { readonly state: 'asking' | 'unreached' }
  | { readonly state: 'out'; readonly why: 'first' | 'ended' | 'left' | 'link'; readonly problem?: Problem }
  | { readonly state: 'choosing'; readonly session: Session; readonly link: string }
  | { readonly state: 'in'; readonly session: Session };

export interface Credentials {
  readonly id: string;
  readonly password: string;
  readonly code?: string;
}

export interface SessionControl {
  readonly current: SessionState;
  readonly api: CoreApi;
  /** @throws Refusal, NoAnswer */
  signIn(credentials: Credentials): Promise<void>;
  /** @throws Refusal, NoAnswer */
  signOut(): Promise<void>;
  /** Signs in by the link that was opened, whoever was signed in before. */
  follow(link: string): Promise<void>;
  /** Asks the core again how the session stands; `mustChangePassword` and the second factor come from there. */
  look(): Promise<void>;
}

export function useSession(): SessionControl {
  const [current, setCurrent] = useState<SessionState>({ state: 'asking' });

  const control = useMemo(() => {
    const quiet = openCoreApi();
    const api = openCoreApi(() => void look());

    async function look(): Promise<void> {
      try {
        const session = await quiet.get(SESSION, sessionSchema);
        setCurrent({ state: 'in', session });
      } catch (error) {
        const over = error instanceof Refusal && error.status === 401;
        // Someone who is at work keeps what is on the screen while the core can not be reached.
        setCurrent((before) => {
          if (over)
            return before.state === 'out' ? before : { state: 'out', why: before.state === 'in' ? 'ended' : 'first' };
          return before.state === 'in' ? before : { state: 'unreached' };
        });
      }
    }

    /** @param otherwise what is done where the address holds no link */
    async function enter(otherwise: () => Promise<void>): Promise<void> {
      const link = takeLink(location, (url) => history.replaceState(null, '', url));
      if (link === undefined) return otherwise();
      const session = await quiet.get(SESSION, sessionSchema).catch(() => undefined);
      return session ? setCurrent({ state: 'choosing', session, link }) : follow(link);
    }

    async function follow(link: string): Promise<void> {
      try {
        setCurrent({ state: 'in', session: await quiet.changeFor(sessionSchema, 'POST', SESSION_LINK, { link }) });
      } catch (error) {
        setCurrent({ state: 'out', why: 'link', problem: problemOf(error) });
      }
    }

    return {
      api,
      enter,
      follow,
      look,
      signIn: async (credentials: Credentials) => {
        const session = await quiet.changeFor(sessionSchema, 'POST', SESSION, credentials);
        setCurrent({ state: 'in', session });
      },
      signOut: async () => {
        await quiet.change('DELETE', SESSION);
        history.replaceState(null, '', location.pathname);
        setCurrent({ state: 'out', why: 'left' });
      },
    };
  }, []);

  useEffect(() => {
    void control.enter(control.look);
    // A link that is put into the address bar of an open page loads nothing anew.
    const linked = (): void => void control.enter(async () => undefined);
    window.addEventListener('hashchange', linked);
    return () => window.removeEventListener('hashchange', linked);
  }, []);
  return { current, ...control };
}

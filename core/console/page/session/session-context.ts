/** Who is signed in, and their way to the core, for every page behind the sign-in. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../api/answers.ts';
import type { CoreApi } from '../api/core-api.ts';
import { mayChange, type Subject } from '../shell/pages.ts';

interface SignedIn {
  readonly session: Session;
  readonly api: CoreApi;
  look(): Promise<void>;
}

export const SessionContext = createContext<SignedIn | undefined>(undefined);

export function useSignedIn(): SignedIn & { mayChange(subject: Subject): boolean } {
  const signedIn = useContext(SessionContext);
  if (!signedIn) throw new Error('nobody is signed in');
  return { ...signedIn, mayChange: (subject) => mayChange(signedIn.session.actor.roles, subject) };
}

/** The page as a whole: whether somebody is signed in, and what they look at. */
import { useEffect, useState } from 'preact/hooks';
import { NoAnswer } from './api/core-api.ts';
import { useAct } from './api/use-act.ts';
import { SpeechContext, useChosenSpeech, useSpeech } from './language.ts';
import { FirstSteps } from './session/first-steps.tsx';
import { LinkChoice } from './session/link-choice.tsx';
import { SessionContext } from './session/session-context.ts';
import { SignIn } from './session/sign-in.tsx';
import { useSession } from './session/use-session.ts';
import { PageView } from './shell/page-view.tsx';
import { pageFor, sectionsOf } from './shell/pages.ts';
import { TITLES } from './shell/titles.ts';
import { TopBar } from './shell/top-bar.tsx';
import { useHash } from './shell/use-hash.ts';
import { ProblemNote } from './ui/problem-note.tsx';

export function App() {
  const session = useSession();
  const { current } = session;
  const hash = useHash();
  const signOut = useAct();
  const [firstSteps, setFirstSteps] = useState(false);
  const roles = current.state === 'in' ? current.session.actor.roles : [];
  const held = current.state === 'in' && (current.session.mustChangePassword || current.session.mustSetUpSecondFactor);
  const page = current.state === 'in' && !firstSteps && !held ? pageFor(roles, hash) : undefined;
  const { speech, choose } = useChosenSpeech(page ? TITLES[page.page] : 'signIn');
  const { t } = speech;

  useEffect(() => {
    if (held) setFirstSteps(true);
    if (current.state === 'out') setFirstSteps(false);
  }, [held, current.state]);

  return (
    <SpeechContext.Provider value={speech}>
      <TopBar
        onLanguage={choose}
        {...(current.state === 'in' && {
          signedIn: {
            id: current.session.actor.id,
            sections: page ? sectionsOf(roles) : [],
            page,
            onSignOut: () => void signOut.run(session.signOut),
          },
        })}
      />
      <main>
        <ProblemNote problem={signOut.problem} />
        {current.state === 'asking' && <p class="quiet">{t('loading')}</p>}
        {current.state === 'unreached' && <Unreached onRetry={() => void session.look()} />}
        {current.state === 'out' && <SignIn key={current.why} out={current} onSignIn={session.signIn} />}
        {current.state === 'choosing' && (
          <LinkChoice
            id={current.session.actor.id}
            onFollow={() => session.follow(current.link)}
            onStay={session.look}
          />
        )}
        {current.state === 'in' && (
          <SessionContext.Provider value={{ session: current.session, api: session.api, look: session.look }}>
            {page ? <PageView key={page.page} page={page} /> : <FirstSteps onDone={() => setFirstSteps(false)} />}
          </SessionContext.Provider>
        )}
      </main>
    </SpeechContext.Provider>
  );
}

function Unreached({ onRetry }: { readonly onRetry: () => void }) {
  const { t } = useSpeech();
  return (
    <>
      <ProblemNote problem={new NoAnswer()} />
      <button type="button" class="act" onClick={onRetry}>
        {t('retryNow')}
      </button>
    </>
  );
}

/** The door for people: id and password, and a code of the second factor once the core asks for one. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAct } from '../api/use-act.ts';
import { useSpeech } from '../language.ts';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Heading } from '../ui/heading.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { type SignInProblem, signInProblem } from './sign-in-problem.ts';
import type { Credentials, SessionState } from './use-session.ts';

interface Properties {
  readonly out: Extract<SessionState, { state: 'out' }>;
  readonly onSignIn: (credentials: Credentials) => Promise<void>;
}

export function SignIn({ out, onSignIn }: Properties) {
  const { t } = useSpeech();
  const [id, setId] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [codeSent, setCodeSent] = useState(false);
  const [codeAsked, setCodeAsked] = useState(false);
  const codeField = useRef<HTMLInputElement>(null);
  const act = useAct();
  const problem = signInProblem(act.problem, codeSent, Date.now());

  useEffect(() => {
    if (problem?.kind === 'codeNeeded' || problem?.kind === 'codeWrong') setCodeAsked(true);
  }, [problem?.kind]);
  useEffect(() => codeField.current?.focus(), [codeAsked]);

  return (
    <section class="narrow">
      <Heading>{t('signIn')}</Heading>
      {out.why === 'ended' && <p role="status">{t('sessionEnded')}</p>}
      {out.why === 'left' && <p role="status">{t('signedOut')}</p>}
      {out.why === 'link' && (
        <>
          <ProblemNote problem={out.problem} />
          <p>{t('linkNext')}</p>
        </>
      )}
      <Form
        act={act}
        submit={t('signIn')}
        instead={useSentence(problem)}
        onSubmit={() => {
          setCodeSent(codeAsked);
          return onSignIn({ id: id.trim(), password, ...(codeAsked && { code: code.replaceAll(/\s/g, '') }) });
        }}
      >
        <Field label={t('personId')} name="username" autoComplete="username" value={id} onInput={setId} />
        <Field
          label={t('password')}
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
        />
        {codeAsked && (
          <Field
            label={t('code')}
            hint={t('codeHint')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            inputRef={codeField}
            value={code}
            onInput={setCode}
          />
        )}
      </Form>
    </section>
  );
}

function useSentence(problem: SignInProblem | undefined): string | undefined {
  const { t, format } = useSpeech();
  if (problem === undefined) return undefined;
  if (problem.kind !== 'locked') return t(problem.kind);
  if (problem.untilMs === null) return t('locked');
  return t('lockedUntil', { time: format.time(new Date(problem.untilMs)) });
}

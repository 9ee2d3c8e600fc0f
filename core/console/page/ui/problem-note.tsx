/** What went wrong, what to do next, and the code to tell support; said aloud at once. */
import { NoAnswer, type Problem } from '../api/core-api.ts';
import { useSpeech } from '../language.ts';

interface Properties {
  readonly problem: Problem | undefined;
  /** In the reader's language, where the page knows better than the core what is meant. */
  readonly instead?: string | undefined;
}

/** Always there, as an alert that comes together with its text may go unheard. */
export function ProblemNote({ problem, instead }: Properties) {
  const { t } = useSpeech();
  return (
    <div role="alert" class="problem-place">
      {problem && (
        <div class="problem">
          {problem instanceof NoAnswer ? (
            <p>
              <strong>{t('noAnswer')}</strong> {t('noAnswerNext')}
            </p>
          ) : (
            <>
              <p>
                {instead ?? (
                  <bdi lang="en">
                    <strong>{problem.reason}</strong> {problem.next}
                  </bdi>
                )}
              </p>
              <p class="code">
                <bdi>{problem.code}</bdi>
              </p>
            </>
          )}
        </div>
      )}
    </div>
  );
}

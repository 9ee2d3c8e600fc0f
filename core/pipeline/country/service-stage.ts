/**
 * A country's stage that is a service outside. Each registration becomes a question; what comes back is checked and put
 * into the pipeline's words.
 *
 * ```
 * answered at once        the outcome that it says
 * "wait", or HTTP 202     parked for the reason `answer` with the question's key, until the answer comes or time is up
 * woken with the answer   decided from it, without asking again
 * no answer, 429, 5xx     retry: trouble outside never ends a registration
 * 4xx, nonsense           retry, too: somebody has to mend the service or the configuration, and a dead letter shows it
 * not come to             retry: a question that could not be answered within the try any more is not asked
 * ```
 * So a service that is slow, or whose turns are taken, never costs others the answers that they have had.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { atOnce } from '../at-once.ts';
import type { Outcome } from '../outcome.ts';
import { retry } from '../run-stage.ts';
import type { EffectStage, Work } from '../stage.ts';
import { Turns } from '../turns.ts';
import type { AnswerKeys } from './answer-keys.ts';
import { type Declared, outcomeOf, undeclared } from './country-answer.ts';
import { asksPacket, type Question, questionOf } from './question.ts';
import { readServiceAnswer, readServiceAnswers, type ServiceAnswer } from './service-answers.ts';
import type { Heard, ServiceClient } from './service-client.ts';
import type { ServiceConfig } from './stage-config.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SECOND_MS = 1000;
/** To end a request that is late, and to read what came: a request takes its deadline and this at most. */
const SPARE_MS = 250;

export interface ServiceStageOptions {
  readonly declared: Declared;
  readonly service: Pick<ServiceConfig, 'sends' | 'batch' | 'atOnce' | 'waitDays' | 'deadlineSeconds'>;
  readonly client: Pick<ServiceClient, 'ask'>;
  readonly keys: AnswerKeys;
}

interface Asked {
  readonly work: Work;
  readonly question: Question;
}

export function serviceStage({ declared, service, client, keys }: ServiceStageOptions): EffectStage {
  const { name, branches, codes } = declared;
  const { sends, batch, waitDays } = service;
  const requestMs = service.deadlineSeconds * SECOND_MS + SPARE_MS;
  // Of all batches of this worker together: the flow's step says how many of them run at once, the service how much it bears.
  const turns = new Turns(service.atOnce);

  const retryWith = (code: 'ENR-STG-004' | 'ENR-STG-005' | 'ENR-STG-006' | 'ENR-STG-012', detail: string): Outcome => ({
    kind: 'retry',
    code,
    detail: `${name}: ${detail}`,
  });

  function decide(answer: ServiceAnswer | undefined, question: Pick<Question, 'key'>, now: Date): Outcome {
    if (answer === undefined) return retryWith('ENR-STG-005', 'no answer that there is');
    if (answer.outcome === 'retry') return retryWith('ENR-STG-006', 'asked to come again');
    if (answer.outcome === 'wait') {
      if (waitDays === undefined) return retryWith('ENR-STG-005', 'it may not answer later');
      return { kind: 'park', reason: 'answer', until: new Date(now.getTime() + waitDays * DAY_MS), key: question.key };
    }
    const wrong = undeclared(answer, declared);
    return wrong === undefined ? outcomeOf(answer, declared) : retryWith('ENR-STG-005', wrong);
  }

  function decideAll(heard: Heard, asked: readonly Asked[], now: Date): Outcome[] {
    if (heard.kind === 'trouble') {
      const { code, detail } = heard;
      return asked.map(() => ({ kind: 'retry', code, detail: `${name}: ${detail}` }));
    }
    if (heard.kind === 'later') return asked.map((one) => decide({ outcome: 'wait' }, one.question, now));
    const answers = readServiceAnswers(heard.body);
    if (answers === undefined) return asked.map((one) => decide(undefined, one.question, now));
    return asked.map((one) =>
      answers.has(one.question.key)
        ? decide(answers.get(one.question.key), one.question, now)
        : retryWith('ENR-STG-006', 'not among the answers'),
    );
  }

  /** What came later is there: it is decided from that alone. */
  function decideWoken(work: Work, body: unknown, now: Date): Outcome {
    const key = work.registration.answer?.key ?? '';
    return decide(readServiceAnswer(body), { key }, now);
  }

  return {
    name,
    kind: 'effect',
    reads: asksPacket(sends),
    outcomes: [
      'next',
      ...(branches.size > 0 ? (['branch'] as const) : []),
      ...(codes.size > 0 ? (['reject'] as const) : []),
      ...(waitDays === undefined ? [] : (['park'] as const)),
    ],
    branches: [...branches],
    facts: [...declared.facts],
    parks: waitDays === undefined ? [] : ['answer'],
    asks: { atOnce: batch * service.atOnce, longestMs: requestMs },
    perform: async (works, now, endsAt = Number.POSITIVE_INFINITY) => {
      const outcomes = new Map<Work, Outcome>();
      const asked: Asked[] = [];
      for (const work of works) {
        const { registration } = work;
        const { answer } = registration;
        if (answer !== undefined && keys.visitOf(answer.key, name)?.rid === registration._id) {
          outcomes.set(work, decideWoken(work, answer.body, now));
          continue;
        }
        const question = ask(() => questionOf(work, keys.keyOf(registration, name), sends));
        if ('kind' in question) outcomes.set(work, question);
        else asked.push({ work, question });
      }
      await atOnce(chunksOf(asked, batch), service.atOnce, async (chunk) => {
        const waitMs = endsAt - performance.now() - requestMs;
        const heard = await turns.takeWithin(waitMs, () => client.ask(chunk.map(({ question }) => question)));
        if (heard === undefined) return;
        for (const [index, outcome] of decideAll(heard, chunk, now).entries()) {
          const one = chunk[index];
          if (one) outcomes.set(one.work, outcome);
        }
      });
      return works.map((work) => outcomes.get(work) ?? retryWith('ENR-STG-012', 'not asked within this try'));
    },
  };
}

/** A packet that does not open is that one's failure, and must not keep the others from being asked. */
function ask(question: () => Question): Question | Outcome {
  try {
    return question();
  } catch (error) {
    const isPacket = error instanceof EnrouteError && error.code.startsWith('ENR-PKT-');
    return isPacket ? { kind: 'fail', code: error.code } : retry(error);
  }
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size));
  return chunks;
}

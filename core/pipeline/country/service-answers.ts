/** What a service answers, at once or later, in the one form for both: a list of answers, each with its question's key. */
import { z } from 'zod';
import { countryAnswerSchema } from './country-answer.ts';
import type { CountryAnswer } from './country-stage.ts';

const MAX_ANSWERS = 100;

const keySchema = z.string().min(1).max(128);

/** `wait`: this answer comes later. */
const WAIT = z.strictObject({ outcome: z.literal('wait') });
export type Waiting = z.infer<typeof WAIT>;
export type ServiceAnswer = CountryAnswer | Waiting;

const serviceAnswerSchema: z.ZodType<ServiceAnswer> = z.union([WAIT, countryAnswerSchema]);

/** Each answer is checked by itself: one that is nonsense is not the others' fault. */
const listSchema = z.strictObject({
  answers: z.array(z.looseObject({ key: keySchema })).max(MAX_ANSWERS),
});

/**
 * @returns the answers by their keys, `undefined` for one that is none; or undefined when the whole is no list of answers,
 *   or answers one question twice.
 */
export function readServiceAnswers(body: unknown): ReadonlyMap<string, ServiceAnswer | undefined> | undefined {
  const parsed = listSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const answers = parsed.data.answers.map(({ key, ...rest }) => [key, readServiceAnswer(rest)] as const);
  const byKey = new Map(answers);
  return byKey.size === answers.length ? byKey : undefined;
}

/** @returns undefined when it is none. */
export function readServiceAnswer(answer: unknown): ServiceAnswer | undefined {
  return serviceAnswerSchema.safeParse(answer).data;
}

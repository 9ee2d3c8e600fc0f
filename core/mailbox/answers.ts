/** What the core says to an order: steps, a sign of life now and then, and how it ended. */
import { problemSchema } from '@enroute/sync/courier/steps.ts';
import { z } from 'zod';

export type Problem = z.infer<typeof problemSchema>;

export type Answer<Step> =
  | { readonly answer: 'step'; readonly step: Step }
  /** Nothing new, and still at work. */
  | { readonly answer: 'working' }
  | { readonly answer: 'done' }
  | { readonly answer: 'failed'; readonly problem: Problem };

const kindSchema = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('step'), step: z.unknown() }),
  z.object({ answer: z.literal('working') }),
  z.object({ answer: z.literal('done') }),
  z.object({ answer: z.literal('failed'), problem: problemSchema }),
]);

/** Undefined for a line that a crash of the core has torn. */
export function readAnswer<Step>(line: string, step: z.ZodType<Step>): Answer<Step> | undefined {
  try {
    const said = kindSchema.parse(JSON.parse(line));
    return said.answer === 'step' ? { answer: 'step', step: step.parse(said.step) } : said;
  } catch {
    return undefined;
  }
}

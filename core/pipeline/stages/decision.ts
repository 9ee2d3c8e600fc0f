/** What a person has decided about a registration that waits for it, as it comes with the event that wakes it. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { ridSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';

const decisionSchema = z.discriminatedUnion('decision', [
  /** It is the person of that registration. */
  z.strictObject({ decision: z.literal('accept'), rid: ridSchema }),
  z.strictObject({ decision: z.literal('reject') }),
]);

export type Decision = z.infer<typeof decisionSchema>;

/** @returns undefined when nothing was decided, or what came is no decision */
export function decisionOf({ answer }: Pick<Registration, 'answer'>): Decision | undefined {
  return decisionSchema.safeParse(answer?.body).data;
}

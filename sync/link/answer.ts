/** How the gateway says no: the same JSON everywhere, with a code from the one table. */
import { isStatusCode, type StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

const refusalSchema = z.object({
  error: z.custom<StatusCode>((value) => typeof value === 'string' && isStatusCode(value)),
});

/** The coded refusal in a response's body, or undefined when the core did not write it. */
export function refusalIn(body: string): EnrouteError | undefined {
  try {
    const refusal = refusalSchema.safeParse(JSON.parse(body));
    return refusal.success ? new EnrouteError(refusal.data.error, 'answer of the core') : undefined;
  } catch {
    return undefined;
  }
}

/** How the gateway says no: the same JSON everywhere, with a code from the one table. */
import { answeredCodeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

const refusalSchema = z.object({ error: answeredCodeSchema });

/** The coded refusal in a response's body, or undefined when the core did not write it. */
export function refusalIn(body: string): EnrouteError | undefined {
  try {
    const refusal = refusalSchema.safeParse(JSON.parse(body));
    return refusal.success ? new EnrouteError(refusal.data.error, 'answer of the core') : undefined;
  } catch {
    return undefined;
  }
}

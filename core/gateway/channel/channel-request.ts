import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';

/** @throws EnrouteError ENR-CHN-003 with the places where a request to a channel is wrong, and not what stands there. */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EnrouteError('ENR-CHN-003', parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
}

/** A failure as the window is told of it: its code, and until when to wait where that is the next step. */
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import type { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Refusal } from '../shared-api.ts';

export function refusalOf({ code, detail = '' }: EnrouteError): Refusal {
  if (code !== 'ENR-STN-007') return { ok: false, code };
  const until = timeSchema.safeParse(detail.replace(/^until /, ''));
  return { ok: false, code, ...(until.success ? { until: until.data } : {}) };
}

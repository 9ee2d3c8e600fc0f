/** What the pipeline does, for machines (Prometheus) and for people. Counts and times; no registration is named to machines. */
import type { Registry } from 'prom-client';
import { readPipelineStatus } from '../../ops/census/pipeline-status.ts';
import type { Role } from '../../people/person.ts';
import type { Database } from '../../store/store.ts';
import type { Route } from '../route.ts';

export interface MetricsRoutesOptions {
  /** What this process measures of itself. */
  readonly registry: Registry;
  readonly checkpoints: Database;
}

const WATCHERS: readonly Role[] = ['administrator', 'operations', 'auditor'];

export function metricsRoutes({ registry, checkpoints }: MetricsRoutesOptions): readonly Route[] {
  return [
    {
      kind: 'stream',
      method: 'GET',
      path: '/metrics',
      access: { by: 'people', roles: WATCHERS },
      rate: 'people',
      handle: async (_request, response) => {
        const text = await registry.metrics();
        response.setHeader('Content-Type', registry.contentType);
        response.send(text);
      },
    },
    {
      kind: 'json',
      method: 'GET',
      path: '/api/pipeline',
      access: { by: 'people', roles: WATCHERS },
      rate: 'people',
      answer: async () => ({ body: await readPipelineStatus(checkpoints) }),
    },
  ];
}

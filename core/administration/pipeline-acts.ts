/** What is shown of the pipeline as a whole. */
import { z } from 'zod';
import { type PipelineStatus, readPipelineStatus } from '../ops/census/pipeline-status.ts';
import type { Act } from './act.ts';

const nothing = z.strictObject({});

export const pipelineStatusAct: Act<z.infer<typeof nothing>, PipelineStatus> = {
  name: 'pipeline.status',
  input: nothing,
  // The core itself has made it, and it is only shown.
  said: z.custom<PipelineStatus>(() => true),
  carryOut: (core) => readPipelineStatus(core.databases.checkpoints),
};

/**
 * Reads a flow from its file, YAML or JSON. Whatever the file has that a flow does not is refused, with the line, so that
 * a slip of the pen never runs as something else. What is wrong with the flow itself is for check-flow.ts to say.
 */
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { PARK_REASONS } from '@enroute/shared/registration/registration.ts';
import { TERMINAL_STATES } from '@enroute/shared/registration/states.ts';
import { statusCodeSchema } from '@enroute/shared/schemas/common.ts';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { conditionSchema } from './conditions.ts';
import type { Flow, FlowStep, RetryPolicy, Routes, Waker } from './flow.ts';
import { FlowError } from './flow-error.ts';

const MAX_FILE_BYTES = 256 * 1024;
const MAX_STEPS = 64;
const MAX_CASES = 16;
const SECOND_MS = 1_000;
/** Something that has the right keys down to there was meant as this form, and not as another. */
const MEANT_DEPTH = 2;
/** Of a waker: the stage that waits. */
const SAME = '$same';

const stageName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'A stage is named with small letters, digits and "-"');
const targetSchema = z
  .string()
  .regex(/^([a-z][a-z0-9-]{0,63}|\$end|\$dead-letter)$/, 'A target is a stage, $end or $dead-letter');
const verdictSchema = z.strictObject({ state: z.enum(TERMINAL_STATES), code: statusCodeSchema });
const caseSchema = z.strictObject({
  when: conditionSchema.optional(),
  to: targetSchema,
  verdict: verdictSchema.optional(),
});
const routeSchema = z.union(
  [targetSchema, z.array(caseSchema).min(1).max(MAX_CASES)],
  'A route is a target ($end, $dead-letter or a stage), or a list of cases',
);
const ROUTE_NAME = /^(next|correct|reject|fail|branch:[a-z][a-z0-9-]{0,63})$/;
const routesSchema = z.record(
  z.string().regex(ROUTE_NAME, 'A route is next, correct, reject, fail or branch:<name>'),
  routeSchema,
);

const retrySchema = z.strictObject({ budget: z.number(), baseSeconds: z.number(), capSeconds: z.number() });
const limits = {
  retry: retrySchema,
  deadlineSeconds: z.number(),
  batch: z.number(),
  concurrency: z.number(),
};
const stepSchema = z.strictObject({ stage: stageName, on: routesSchema, ...z.object(limits).partial().shape });
const wakerSchema = z.strictObject({
  resumeAt: z.string().regex(/^([a-z][a-z0-9-]{0,63}|\$same)$/, 'A stage, or $same for the one that waits'),
  expires: z.union(
    [z.strictObject({ verdict: verdictSchema }), z.strictObject({ to: stageName })],
    'What follows is {verdict: {state, code}} or {to: stage}',
  ),
});

const fileSchema = z.strictObject({
  flow: z.enum(PROCESSES),
  version: z.int().positive(),
  success: verdictSchema,
  answer: stageName,
  /** For every step that does not say otherwise. */
  usual: z.strictObject(limits),
  wakers: z.partialRecord(z.enum(PARK_REASONS), wakerSchema).default({}),
  steps: z.array(stepSchema).min(1).max(MAX_STEPS),
});

type FlowFile = z.infer<typeof fileSchema>;

/**
 * @param source how the text is called in what is said of it
 * @throws FlowError that names every place which is not as in a flow
 */
export function readFlow(text: string, source: string): Flow {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw new FlowError([`${source}: more than ${MAX_FILE_BYTES} bytes`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${source}:${line}:${col}`;
  };
  // One stray bracket makes an error of everything behind it.
  const [stray] = document.errors;
  if (stray) throw new FlowError([`${at(stray.pos[0])}: ${stray.message}`]);
  const read = fileSchema.safeParse(plain(document, source));
  if (read.success) return flowOf(read.data);
  const problems = innermost(read.error.issues).map(
    ({ path, message }) => `${at(offsetOf(document, path))}: ${nameOf(path)}: ${message}`,
  );
  throw new FlowError([...new Set(problems)]);
}

function plain(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch {
    // Aliases that stand for far more than they are.
    throw new FlowError([`${source}: its aliases can not be followed`]);
  }
}

interface Place {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of something that can have several forms, what is wrong inside the one that was meant; else that it is none of them. */
function innermost(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): Place[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
    const [meant] = issue.errors
      .map((form) => innermost(form, path))
      .filter((form) => form.some((one) => one.path.length >= path.length + MEANT_DEPTH))
      .sort((one, other) => one.length - other.length);
    return meant ?? [{ path, message: issue.message }];
  });
}

/** Where in the text it is, or the nearest thing around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

function flowOf({ flow, version, success, answer, usual, wakers, steps }: FlowFile): Flow {
  return {
    name: flow,
    version,
    success,
    answer,
    wakers: Object.fromEntries(Object.entries(wakers).map(([reason, waker]) => [reason, wakerOf(waker)])),
    steps: steps.map((step) => stepOf(step, usual)),
  };
}

function stepOf(step: FlowFile['steps'][number], usual: FlowFile['usual']): FlowStep {
  return {
    stage: step.stage,
    // Its keys were matched against ROUTE_NAME.
    on: step.on as Routes,
    retry: retryOf(step.retry ?? usual.retry),
    deadlineMs: (step.deadlineSeconds ?? usual.deadlineSeconds) * SECOND_MS,
    batch: step.batch ?? usual.batch,
    concurrency: step.concurrency ?? usual.concurrency,
  };
}

function retryOf({ budget, baseSeconds, capSeconds }: z.infer<typeof retrySchema>): RetryPolicy {
  return { budget, baseMs: baseSeconds * SECOND_MS, capMs: capSeconds * SECOND_MS };
}

function wakerOf({ resumeAt, expires }: z.infer<typeof wakerSchema>): Waker {
  return resumeAt === SAME ? { expires } : { resumeAt, expires };
}

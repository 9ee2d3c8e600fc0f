import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROCESSES } from '@enroute/shared/enrolment/enrolment.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advance, enterFlow } from './advance.ts';
import { drawMermaid } from './flow/draw-mermaid.ts';
import { drawText } from './flow/draw-text.ts';
import type { Flows, LoadedFlow } from './flow/flow.ts';
import { FlowError } from './flow/flow-error.ts';
import { lookAtFlows } from './look-at-flows.ts';
import type { Outcome } from './outcome.ts';
import { must, NOW, registrationOf, ridOf } from './pipeline.fixture.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs', 'pipeline.md');
const NEW_FILE = join(import.meta.dirname, 'flows', 'new.yaml');

let flows: Flows;
let folder: string;
beforeAll(async () => {
  flows = await lookAtFlows();
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-flows-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The stages that a registration comes through when each says what is named for it, and `next` otherwise. */
function walk(flow: LoadedFlow, said: Readonly<Record<string, Outcome>> = {}): string {
  let registration = enterFlow({ ...registrationOf(ridOf(1)), _rev: '1-a' }, flow, NOW);
  const way: string[] = [];
  while (registration.state === 'IN_FLOW') {
    const { stage = '' } = registration;
    way.push(stage);
    registration = advance(registration, said[stage] ?? { kind: 'next' }, flow, NOW, 0);
  }
  return [...way, registration.verdict?.code ?? registration.state].join(' ');
}

const newest = (process: string): LoadedFlow => must(flows.newest(process));
const MINOR: Outcome = { kind: 'next', facts: { ageGroup: 'MINOR' } };
const BEGIN = 'receive packet classify cmd operator supervisor';

describe('the shipped flows', () => {
  test('are there for every process', () => {
    expect([...flows.processes].sort()).toEqual([...PROCESSES].sort());
  });

  test.each([
    ['NEW', {}, `${BEGIN} quality demo-dedupe uin finalise ENR-OUT-001`],
    ['NEW', { classify: MINOR }, `${BEGIN} introducer quality demo-dedupe uin finalise ENR-OUT-001`],
    [
      'NEW',
      {
        quality: { kind: 'correct', code: 'ENR-QUA-001' },
        'ask-correction': { kind: 'park', reason: 'correction', until: NOW },
      },
      `${BEGIN} quality ask-correction PARKED`,
    ],
    [
      'NEW',
      { classify: { kind: 'next', facts: { ageGroup: 'ADULT', introducer: true } } },
      `${BEGIN} introducer quality demo-dedupe uin finalise ENR-OUT-001`,
    ],
    ['UPDATE', {}, `${BEGIN} introducer quality verify-person change-identity finalise ENR-OUT-003`],
    [
      'UPDATE',
      { 'verify-person': { kind: 'park', reason: 'decision', until: NOW } },
      `${BEGIN} introducer quality verify-person PARKED`,
    ],
    [
      'LOST',
      { 'find-person': { kind: 'branch', branch: 'one' } },
      `${BEGIN} quality find-person change-identity finalise ENR-OUT-004`,
    ],
    [
      'LOST',
      { 'find-person': { kind: 'branch', branch: 'none' } },
      `${BEGIN} quality find-person finalise ENR-LST-001`,
    ],
    [
      'LOST',
      { 'find-person': { kind: 'park', reason: 'decision', until: NOW } },
      `${BEGIN} quality find-person PARKED`,
    ],
    ['ACTIVATE', {}, `${BEGIN} verify-person switch-identity finalise ENR-OUT-005`],
    ['DEACTIVATE', {}, `${BEGIN} verify-person switch-identity finalise ENR-OUT-006`],
    [
      'DEACTIVATE',
      { operator: { kind: 'reject', code: 'ENR-CMD-003' } },
      'receive packet classify cmd operator finalise ENR-CMD-003',
    ],
    ['RES_UPDATE', {}, 'receive packet cmd operator supervisor change-identity finalise ENR-OUT-003'],
    ['CORRECTION', {}, `${BEGIN} hand-over finalise ENR-OUT-002`],
  ] satisfies [string, Record<string, Outcome>, string][])(
    '%s, where %j is said, goes through %s',
    (process, said, way) => {
      expect(walk(newest(process), said)).toBe(way);
    },
  );

  test('never make a failure of what may pass: a retry of any stage stays where it is', () => {
    for (const flow of flows.all()) {
      for (const { stage } of flow.steps) {
        const registration = { ...enterFlow({ ...registrationOf(ridOf(1)), _rev: '1-a' }, flow, NOW), stage };
        const tried = advance(registration, { kind: 'retry', code: 'ENR-ENG-001', detail: '' }, flow, NOW, 0);
        expect(tried).toMatchObject({ state: 'IN_FLOW', stage });
      }
    }
  });

  test('are drawn as docs/pipeline.md shows NEW', async () => {
    const docs = await readFile(DOCS, 'utf8');
    expect(docs).toContain(`\`\`\`mermaid\n${drawMermaid(newest('NEW'))}\n\`\`\``);
  });

  test('are drawn with their ways, conditions and waits', () => {
    const drawn = drawText(newest('LOST'));
    expect(drawn).toContain('supervisor (12 tries, 2 to 300 s apart)');
    expect(drawn).toMatch(/next +-> introducer {2}\(when ageGroup in INFANT, MINOR or introducer is true\)/);
    expect(drawn).toMatch(/next +-> quality {2}\(otherwise\)/);
    expect(drawn).toMatch(/branch:none +-> finalise {2}\(REJECTED ENR-LST-001\)/);
    expect(drawn).toMatch(/decision comes +-> find-person/);
    expect(drawn).toMatch(/decision not in time +-> finalise {2}\(REJECTED ENR-LST-002\)/);
  });
});

describe("a country's flow", () => {
  const fileOf = async (text: string): Promise<string> => {
    const path = join(folder, 'new.yaml');
    await writeFile(path, text);
    return path;
  };
  const shipped = (): Promise<string> => readFile(NEW_FILE, 'utf8');

  test('takes the place of the shipped one for new registrations, and the others finish on theirs', async () => {
    const path = await fileOf((await shipped()).replace('version: 2', 'version: 1000'));
    const both = await lookAtFlows({ stages: [], flowFiles: [path] });
    expect(both.newest('NEW')?.version).toBe(1000);
    expect(both.flowOf({ process: 'NEW', flow: { name: 'NEW', version: 2 } })?.version).toBe(2);
  });

  test('has a version that no shipped one comes to have, and one of its own', async () => {
    const path = await fileOf((await shipped()).replace('version: 2', 'version: 999'));
    await expect(lookAtFlows({ stages: [], flowFiles: [path] })).rejects.toThrow(
      `${path}: Flow NEW version 999: it can not have this version; a country's own begin at 1000`,
    );
    await fileOf((await shipped()).replace('version: 2', 'version: 1000'));
    await expect(lookAtFlows({ stages: [], flowFiles: [path, path] })).rejects.toThrow(
      'Flow NEW version 1000: it stands twice',
    );
  });

  test('is told everything that is wrong with any file, and which it is', async () => {
    const path = await fileOf(
      (await shipped()).replace('version: 2', 'version: 1003').replace('next: demo-dedupe', 'next: uniqueness'),
    );
    const missing = join(folder, 'none.yaml');
    const problems = await lookAtFlows({ stages: [], flowFiles: [path, missing] }).catch((error: unknown) =>
      error instanceof FlowError ? error.problems : [],
    );
    expect(problems).toEqual([
      `${path}: Flow NEW version 1003: "quality" leads to "uniqueness" after "next", which is no step`,
      `${path}: Flow NEW version 1003: "demo-dedupe" is out of reach`,
      `${path}: Flow NEW version 1003: "uin" is out of reach`,
      `${missing}: it can not be read (ENOENT)`,
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { emptyCensus } from '../ops/census/census.ts';
import type { PipelineStatus } from '../ops/census/pipeline-status.ts';
import { statusText } from './status-command.ts';

const NOW = new Date('2026-03-01T08:00:00.000Z');
const ago = (ms: number): string => new Date(NOW.getTime() - ms).toISOString();
const HOUR_MS = 3_600_000;
const RID = '10001100010000120260301080000';

const STATUS: PipelineStatus = {
  census: {
    ...emptyCensus(NOW),
    ms: 12,
    states: { IN_FLOW: 3, PARKED: 1 },
    parked: { introducer: { count: 1, oldest: ago(26 * HOUR_MS) } },
    deadLetters: { 'uin ENR-UIN-001': 2 },
    backlog: { count: 3, oldest: ago(HOUR_MS / 2) },
    stuck: { count: 1, rids: [RID] },
  },
  conservation: { at: ago(HOUR_MS), packetsIn: 6, heaps: {}, violations: [], holds: true },
  stages: [
    {
      stage: 'quality',
      depth: 3,
      oldest: ago(HOUR_MS / 2),
      arrivals: 9,
      outcomes: { next: 4, correct: 1, reject: 1, retry: 3 },
      retries: { 'ENR-ENG-001': 3 },
      rejections: { 'ENR-QUA-001': 1 },
      p50Ms: 40,
      p95Ms: 2_500,
      p99Ms: 90_000,
    },
  ],
};

describe('the status of the pipeline in a terminal', () => {
  it('shows for each stage what waits, since when, what was said, and how long it takes', () => {
    const row = statusText(STATUS, NOW)
      .split('\n')
      .find((line) => line.includes('quality'));
    expect(
      row
        ?.split('│')
        .map((cell) => cell.trim())
        .filter(Boolean),
    ).toEqual(['quality', '3', '30.0 min', '9', '5', '3', '1', '40 ms', '2.5 s', '1.5 min']);
  });

  it('says what waits for an event, what is dead or stuck, and whether the law holds', () => {
    const text = statusText(STATUS, NOW);
    for (const line of [
      'waiting     3, the oldest for 30.0 min',
      'parked      introducer: 1, the oldest for 1.1 d',
      'dead        uin ENR-UIN-001: 2',
      `STUCK       1: ${RID}`,
      'law         holds, 1.0 h ago',
    ]) {
      expect(text).toContain(line);
    }
    const broken = { at: ago(HOUR_MS), packetsIn: 6, heaps: {}, violations: [`${RID}: gone`], holds: false };
    expect(statusText({ ...STATUS, conservation: broken }, NOW)).toContain(`LAW BROKEN  1.0 h ago: ${RID}: gone`);
  });

  it('says what to do where nobody has counted yet', () => {
    expect(statusText({ stages: [] }, NOW)).toContain('No worker has counted yet');
  });
});

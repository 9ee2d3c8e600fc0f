import { DEFAULT_QUALITY_POLICY } from '@enroute/shared/policy/quality-policy.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import type { EnrolmentOptions } from '../pipeline.fixture.ts';
import { qualityStage } from './quality.ts';
import { stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('quality', () => {
  const stage = qualityStage(DEFAULT_QUALITY_POLICY);
  const POOR = ['LEFT_INDEX', 'LEFT_RING'] as const;

  test('notes the lowest score of each modality', async () => {
    expect(await bench.decide(stage, await bench.core.arrive())).toEqual({
      kind: 'next',
      facts: { quality: { finger: 92, iris: 92, face: 92 }, poor: [] },
    });
  });

  test('asks again for exactly what is too poor', async () => {
    expect(await bench.decide(stage, await bench.arrival({ poor: POOR }))).toMatchObject({
      kind: 'correct',
      code: 'ENR-QUA-001',
      facts: { poor: POOR, quality: { finger: 5 } },
    });
  });

  const corrected = async (...corrections: readonly EnrolmentOptions[]): Promise<StoredRegistration> => {
    const registration = await bench.arrival({ poor: POOR });
    const taken = [];
    for (const options of corrections) {
      const { _id: rid, packet } = await bench.arrival(options, { process: 'CORRECTION', corrects: registration._id });
      taken.push({ rid, digest: packet.digest });
    }
    return { ...registration, corrections: taken };
  };

  test('counts the latest capture of each position', async () => {
    expect(await bench.decide(stage, await corrected({ positions: POOR }))).toMatchObject({ kind: 'next' });
    const worse = await corrected({ positions: POOR }, { positions: ['LEFT_RING'], poor: ['LEFT_RING'] });
    expect(await bench.decide(stage, worse)).toMatchObject({ kind: 'correct', facts: { poor: ['LEFT_RING'] } });
  });

  test('gives up after five corrections that did not help', async () => {
    const unhelpful: EnrolmentOptions = { positions: ['FACE'] };
    const four = await corrected(unhelpful, unhelpful, unhelpful, unhelpful);
    expect(await bench.decide(stage, four)).toMatchObject({ kind: 'correct' });
    const five = await corrected(unhelpful, unhelpful, unhelpful, unhelpful, unhelpful);
    expect(await bench.decide(stage, five)).toEqual({ kind: 'reject', code: 'ENR-QUA-001' });
  });
});

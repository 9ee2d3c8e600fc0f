/** What all documents have in common: nothing is in them that was not foreseen. */
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { coreCardSchema, stationCardSchema } from './cards.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { manifestSchema, signManifest } from './manifest.ts';
import { receiptSchema, signReceipt } from './receipt.ts';
import { resultSchema, sealResult } from './result.ts';
import * as good from './schemas.fixture.ts';
import { signTask, taskSchema } from './task.ts';

const documents: [name: string, schema: z.ZodType, document: object][] = [
  [
    'manifest',
    manifestSchema,
    signManifest(good.manifestBody, [{ role: 'station', signer: good.station, key: good.stationKey }]),
  ],
  ['RECEIVED receipt', receiptSchema, signReceipt(good.received, good.core)],
  ['OUTCOME receipt', receiptSchema, signReceipt(good.outcome, good.core)],
  [
    'result',
    resultSchema,
    sealResult(
      { rid: good.rid, disclosure: 'masked', uin: '******1234' },
      good.station,
      new Date(good.at),
      good.stationCard.sealingKey,
      good.core,
    ),
  ],
  ['task', taskSchema, signTask(good.task, good.core)],
  ['heartbeat', heartbeatSchema, good.heartbeat],
  ['station card', stationCardSchema, good.stationCard],
  ['core card', coreCardSchema, good.coreCard],
];

/** Every object in the document, so that a key can be slipped into each. */
function* objectsIn(value: object, path: readonly string[] = []): Generator<readonly string[]> {
  if (!Array.isArray(value)) yield path;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) yield* objectsIn(inner, [...path, key]);
  }
}

function objectAt(document: object, path: readonly string[]): Record<string, unknown> {
  return path.reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, {
    ...document,
  });
}

/** Not in documents of an earlier version; read as empty. */
const MAY_LACK = new Set(['supervisors']);

describe.each(documents)('a %s', (_name, schema, document) => {
  it('is what it says after a way through JSON', () => {
    expect(schema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  it('holds no key that is not foreseen, at no depth', () => {
    for (const path of objectsIn(document)) {
      const copy = structuredClone(document);
      const target = path.length === 0 ? (copy as Record<string, unknown>) : objectAt(copy, path);
      target.surprise = 1;
      expect(schema.safeParse(copy).success, path.join('.')).toBe(false);
    }
  });

  it('lacks none of its keys but those that may be lacking', () => {
    for (const key of Object.keys(document)) {
      const { [key]: _left, ...rest } = document as Record<string, unknown>;
      expect(schema.safeParse(rest).success, key).toBe(MAY_LACK.has(key));
    }
  });

  it('is of this version', () => {
    expect(schema.safeParse({ ...document, v: 2 }).success).toBe(false);
  });
});

describe('a heartbeat', () => {
  it('counts in whole numbers, from nothing up', () => {
    for (const change of [{ setAside: -1 }, { setAside: 0.5 }, { clockOffsetMs: 1.5 }, { software: 'x'.repeat(65) }]) {
      expect(heartbeatSchema.safeParse({ ...good.heartbeat, ...change }).success).toBe(false);
    }
    expect(heartbeatSchema.safeParse({ ...good.heartbeat, clockOffsetMs: null }).success).toBe(true);
  });
});

describe('a station card', () => {
  it('names each key by what it is', () => {
    const key = { ...good.stationCard.signingKey, keyId: good.core.keyId };
    expect(stationCardSchema.safeParse({ ...good.stationCard, signingKey: key }).success).toBe(false);
  });

  it('is of a station with ten digits and of operators with plain ids', () => {
    expect(stationCardSchema.safeParse({ ...good.stationCard, station: '100011007' }).success).toBe(false);
    const [operator] = good.stationCard.operators;
    for (const id of ['', '.', '../x', 'a/b', 'a b', 'x'.repeat(65)]) {
      expect(stationCardSchema.safeParse({ ...good.stationCard, operators: [{ ...operator, id }] }).success).toBe(
        false,
      );
    }
  });
});

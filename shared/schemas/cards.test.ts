import { describe, expect, it } from 'vitest';
import { stationCardSchema } from './cards.ts';
import { stationCard } from './schemas.fixture.ts';

const [amina] = stationCard.operators;

describe("a station's card", () => {
  it('from before there were supervisors names none', () => {
    const { supervisors: _, ...before } = stationCard;
    expect(stationCardSchema.parse(before)).toEqual({ ...before, supervisors: [] });
  });

  it('may name a person under both roles, with one key', () => {
    const other = { id: 'amina', signingKey: stationCard.signingKey };
    expect(stationCardSchema.safeParse({ ...stationCard, supervisors: [amina] }).success).toBe(true);
    expect(stationCardSchema.safeParse({ ...stationCard, supervisors: [other] }).success).toBe(false);
    expect(stationCardSchema.safeParse({ ...stationCard, supervisors: [{ ...other, id: 'badu' }] }).success).toBe(true);
  });
});

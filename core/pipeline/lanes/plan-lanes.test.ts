import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LaneView, planLanes, type WorkerView } from './plan-lanes.ts';

const LANES = [0, 1, 2, 3, 4, 5, 6, 7];
const worker = (id: string, wants: readonly number[] = LANES): WorkerView => ({ id, wants: new Set(wants) });
const held = (holders: string): LaneView[] =>
  [...holders].map((holder, lane) => ({ lane, holder: holder === '.' ? undefined : holder, isFree: holder === '.' }));

it('gives everything to the only one, and evenly to several, each of whom plans for itself alone', () => {
  expect(planLanes('a', [worker('a')], held('........')).claim).toEqual(LANES);
  const two = [worker('b'), worker('a')];
  expect(planLanes('a', two, held('........')).claim).toEqual([0, 2, 4, 6]);
  expect(planLanes('b', two, held('........')).claim).toEqual([1, 3, 5, 7]);
});

it('moves nothing as long as nobody has two fewer', () => {
  const two = [worker('a'), worker('b')];
  for (const self of ['a', 'b']) {
    expect(planLanes(self, two, held('aaaabbbb'))).toEqual({ claim: [], release: [], unwanted: [] });
    expect(planLanes(self, two, held('aaaabbb'))).toEqual({ claim: [], release: [], unwanted: [] });
  }
});

it('has those with too many give back just as many, and nobody claim what another still has', () => {
  const three = [worker('a'), worker('b'), worker('c')];
  const released = ['a', 'b'].map((self) => planLanes(self, three, held('aaaabbbb')).release.length);
  expect(released).toEqual([1, 1]);
  expect(planLanes('c', three, held('aaaabbbb'))).toEqual({ claim: [], release: [], unwanted: [] });
});

it('says which lanes nobody wants', () => {
  expect(planLanes('a', [worker('a', [0, 1])], held('........'))).toMatchObject({
    claim: [0, 1],
    unwanted: [2, 3, 4, 5, 6, 7],
  });
});

it('has every free lane claimed by one of those who want it, and comes to rest when all have done as planned', () => {
  const wants = fc.subarray(LANES, { minLength: 1 });
  const holders = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '.'), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(wants, { minLength: 1, maxLength: 4 }), holders, (all, before) => {
      const workers = all.map((each, index) => worker('abcd'.charAt(index), each));
      let now = held(before.map((holder) => (workers.some(({ id }) => id === holder) ? holder : '.')).join(''));
      for (let beat = 0; beat < 3; beat += 1) {
        const plans = workers.map(({ id }) => [id, planLanes(id, workers, now)] as const);
        const claims = plans.flatMap(([, { claim }]) => claim);
        expect(new Set(claims).size).toBe(claims.length);
        now = now.map((view) => {
          const taker = plans.find(([, { claim }]) => claim.includes(view.lane))?.[0];
          const isReleased = plans.some(([, { release }]) => release.includes(view.lane));
          const holder = isReleased ? undefined : (taker ?? view.holder);
          return { ...view, holder, isFree: holder === undefined };
        });
      }
      const isAnybodys = (lane: number): boolean => workers.some(({ wants: wanted }) => wanted.has(lane));
      expect(now.filter(({ lane, holder }) => (holder !== undefined) !== isAnybodys(lane))).toEqual([]);
      for (const { id } of workers) expect(planLanes(id, workers, now)).toMatchObject({ claim: [], release: [] });
    }),
  );
});

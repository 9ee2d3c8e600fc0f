/** uin: gives the person a number. */
import { randomBytes } from 'node:crypto';
import { drawUin } from '@enroute/shared/uin/draw.ts';
import type { UinRules } from '@enroute/shared/uin/rules.ts';
import type { CoreDatabases } from '../../databases.ts';
import { assignUins } from '../../identity/assign-uins.ts';
import type { EffectStage } from '../stage.ts';

export function uinStage(databases: CoreDatabases, rules: UinRules): EffectStage {
  return {
    name: 'uin',
    kind: 'effect',
    reads: false,
    outcomes: ['next'],
    perform: async (works, now) => {
      const rids = works.map(({ registration }) => registration._id);
      await assignUins(rids, databases.uins, () => drawUin(randomBytes, rules), now);
      return works.map(() => ({ kind: 'next' }));
    },
  };
}

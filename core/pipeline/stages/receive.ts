/** receive: tells the station, with a signed receipt, that its packet is durable and verified here. */
import type { CoreDatabases } from '../../databases.ts';
import type { CoreKeys } from '../../keys.ts';
import { coreSigner } from '../core-signer.ts';
import { sendDown } from '../send-down.ts';
import type { EffectStage } from '../stage.ts';

export function receiveStage(databases: CoreDatabases, keys: CoreKeys): EffectStage {
  const signer = coreSigner(keys);
  return {
    name: 'receive',
    kind: 'effect',
    reads: false,
    outcomes: ['next'],
    perform: async (works, now) => {
      await sendDown(
        works.map(({ registration }) => signer.received(registration, now)),
        databases,
      );
      return works.map(() => ({ kind: 'next' }));
    },
  };
}

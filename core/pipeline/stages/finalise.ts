/**
 * finalise: makes the end true and tells it. Whoever has been given a number gets an identity record and a result sealed
 * for the station; everyone gets an OUTCOME receipt. Only after that is the registration terminal.
 */
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import type { DownDocument } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import type { CoreKeys } from '../../keys.ts';
import { coreSigner } from '../core-signer.ts';
import { sendDown } from '../send-down.ts';
import type { EffectStage } from '../stage.ts';

export function finaliseStage(
  databases: CoreDatabases,
  keys: CoreKeys,
  stationCard: (station: string) => Promise<StationCard>,
): EffectStage {
  const signer = coreSigner(keys);
  return {
    name: 'finalise',
    kind: 'effect',
    // A packet that does not open must still get its answer: only those with a number are read, here.
    reads: true,
    outcomes: ['next'],
    perform: async (works, now) => {
      const completed = works.filter(({ verdict }) => verdict.state === 'COMPLETED');
      const rids = completed.map(({ registration }) => registration._id);
      const uins = await assignedUins(rids, databases.uins);

      const numbered = completed.flatMap((work) => {
        const uin = uins.get(work.registration._id);
        return uin === undefined ? [] : [{ ...work, uin }];
      });
      const records = numbered.map(({ registration, packets, uin }) => ({
        uin,
        rid: registration._id,
        identity: readIdentity(packets().packet),
        packets: [registration.packet.digest, ...registration.corrections.map(({ digest }) => digest)],
      }));
      await createIdentities(records, databases.identities, keys.storage, now);

      const results: DownDocument[] = [];
      for (const { registration, uin } of numbered) {
        results.push(signer.result(registration, uin, await stationCard(registration.station), now));
      }
      // The receipt lets the station release the packet: nothing may come after it.
      await sendDown(results, databases);
      await sendDown(
        works.map(({ registration, verdict }) => signer.outcome(registration, verdict, now)),
        databases,
      );
      return works.map(() => ({ kind: 'next' }));
    },
  };
}

/**
 * finalise: makes the end true and tells it. Who is new and has been given a number gets an identity record; who has a
 * number, new or found or changed, gets a result sealed for the station; everyone gets an OUTCOME receipt. Only after that
 * is the registration terminal.
 *
 * ```
 * to end as     and                                             so
 * completed     has the number that it gives or is about        told, with the number
 *               has none, and gives or is about none            told
 *               has none, and should have                       retry: in the end somebody must look
 * otherwise     its change stands in the record all the same    told as completed, with the number
 *               nothing was done to a record                    told
 * ```
 */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import type { DownDocument } from '@enroute/sync/channel/documents.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { createIdentities } from '../../identity/identity-records.ts';
import type { CoreKeys } from '../../keys.ts';
import { coreSigner } from '../core-signer.ts';
import type { Outcome } from '../outcome.ts';
import { sendDown } from '../send-down.ts';
import type { EffectStage, Work } from '../stage.ts';
import { carriedOut } from './carried-out.ts';

export interface FinaliseParts {
  readonly databases: CoreDatabases;
  readonly keys: CoreKeys;
  readonly stationCard: (station: string) => Promise<StationCard>;
  /** What a registration comes to on its flow when nothing stands against it. */
  readonly successOf: (registration: StoredRegistration) => Work['verdict'] | undefined;
}

type Numbered = Work & { readonly uin: string };

/** These give no number and are about none. */
const WITHOUT_NUMBER: ReadonlySet<Process> = new Set(['CORRECTION']);

const NO_NUMBER: Outcome = { kind: 'retry', code: 'ENR-UIN-002', detail: 'it is to be completed, and has no number' };

export function finaliseStage({ databases, keys, stationCard, successOf }: FinaliseParts): EffectStage {
  const signer = coreSigner(keys);
  return {
    name: 'finalise',
    kind: 'effect',
    // A packet that does not open must still get its answer: only those with a number are read, here.
    reads: true,
    outcomes: ['next'],
    perform: async (works, now) => {
      const ends = await endsOf(works);
      const numbered = await numberedOf(ends);
      const hasNumber = new Set(numbered.map(({ registration }) => registration._id));
      const lacking = new Set(
        ends.filter(
          ({ registration, verdict }) =>
            verdict.state === 'COMPLETED' &&
            !WITHOUT_NUMBER.has(registration.process) &&
            !hasNumber.has(registration._id),
        ),
      );
      await createRecords(numbered, now);
      const results: DownDocument[] = [];
      for (const { registration, uin } of numbered) {
        results.push(signer.result(registration, uin, await stationCard(registration.station), now));
      }
      const receipts = ends
        .filter((work) => !lacking.has(work))
        .map(({ registration, verdict }) => signer.outcome(registration, verdict, now));
      // The receipt lets the station release the packet: nothing may come after it.
      await sendDown([...results, ...receipts], databases);
      return ends.map((work, nth): Outcome => {
        if (lacking.has(work)) return NO_NUMBER;
        return work === works[nth] ? { kind: 'next' } : { kind: 'next', verdict: work.verdict };
      });
    },
  };

  /** The same, but for those that were stopped and whose change was made all the same. */
  async function endsOf(works: readonly Work[]): Promise<readonly Work[]> {
    const stopped = works.filter(({ verdict }) => verdict.state !== 'COMPLETED');
    const acted = await carriedOut(stopped, databases);
    return works.map((work) => {
      const { registration, verdict } = work;
      if (verdict.state === 'COMPLETED' || !acted.has(registration._id)) return work;
      const success = successOf(registration);
      return success ? { ...work, verdict: success } : work;
    });
  }

  async function numberedOf(works: readonly Work[]): Promise<Numbered[]> {
    const completed = works.filter(({ verdict }) => verdict.state === 'COMPLETED');
    if (completed.length === 0) return [];
    const rids = completed.map(({ registration }) => registration._id);
    const uins = await assignedUins(rids, databases.uins);
    return completed.flatMap((work) => {
      const uin = uins.get(work.registration._id);
      return uin === undefined ? [] : [{ ...work, uin }];
    });
  }

  /** Of who is new. All others had a record when they came, and what they changed stands in it already. */
  async function createRecords(numbered: readonly Numbered[], now: Date): Promise<void> {
    const records = numbered
      .filter(({ registration }) => registration.process === 'NEW')
      .map(({ registration, packets, uin }) => ({
        uin,
        rid: registration._id,
        identity: readIdentity(packets().packet),
        packets: [registration.packet.digest, ...registration.corrections.map(({ digest }) => digest)],
      }));
    if (records.length > 0) await createIdentities(records, databases.identities, keys.storage, now);
  }
}

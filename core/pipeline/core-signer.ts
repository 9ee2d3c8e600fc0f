/** Makes the documents that the core sends down, signed. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { sealResult } from '@enroute/shared/schemas/result.ts';
import { signTask, type TaskBody } from '@enroute/shared/schemas/task.ts';
import type { DownDocument } from '@enroute/sync/channel/documents.ts';
import { disclose } from '../identity/disclosure.ts';
import type { CoreKeys } from '../keys.ts';

export interface CoreSigner {
  received(registration: Registration, now: Date): DownDocument;
  outcome(registration: Registration, verdict: NonNullable<Registration['verdict']>, now: Date): DownDocument;
  result(registration: Registration, uin: string, station: StationCard, now: Date): DownDocument;
  task(body: TaskBody): DownDocument;
}

export function coreSigner(keys: CoreKeys): CoreSigner {
  const common = ({ _id, station, packet }: Registration, now: Date) =>
    ({ v: 1, rid: _id, station, digest: packet.digest, at: now.toISOString(), epoch: keys.epoch }) as const;
  return {
    received: (registration, now) => ({
      kind: 'receipt',
      body: signReceipt({ ...common(registration, now), kind: 'RECEIVED' }, keys.signing),
    }),
    outcome: (registration, { state, code }, now) => ({
      kind: 'receipt',
      body: signReceipt({ ...common(registration, now), kind: 'OUTCOME', outcome: state, code }, keys.signing),
    }),
    result: (registration, uin, station, now) => ({
      kind: 'result',
      body: sealResult(
        { rid: registration._id, ...disclose(uin, registration.process) },
        registration.station,
        now,
        station.sealingKey,
        keys.signing,
      ),
    }),
    task: (body) => ({ kind: 'task', body: signTask(body, keys.signing) }),
  };
}

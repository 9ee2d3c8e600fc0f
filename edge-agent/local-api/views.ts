/** The station's own rows and documents as the plain data of the front desk. */
import type { Biometric } from '@enroute/shared/enrolment/enrolment.ts';
import type { LinkStatus } from '@enroute/sync/link/link-status.ts';
import type { Decided } from '../desk/approve.ts';
import type { Draft } from '../desk/drafts.ts';
import type { Standing } from '../open-station.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import type { Verdict as Looked } from '../repair/verify.ts';
import type { StationStatus } from '../station.ts';
import { failureOfCode, toldCode, toldFinding } from './failure.ts';
import type { Capture, Decision, Item, Review, Status, Verdict } from './front-desk.ts';

/** What only a running agent knows. */
type Agent = Pick<StationStatus, 'link' | 'unsentBytes' | 'clockOffsetMs' | 'clockWrongSince'>;

/** @param agent undefined when none runs */
export function statusOf(standing: Standing, agent?: Agent): Status {
  const { station, waiting, awaitingApproval, drafts, setAside, limits, packetsFolder } = standing;
  const { roomFor, freeBytes, lastSyncAt, findings } = limits;
  return {
    station,
    link: agent ? linkOf(agent.link, agent) : null,
    waiting,
    awaitingApproval,
    drafts,
    setAside,
    limits: { roomFor, freeBytes, lastSyncAt, findings: findings.map(toldFinding) },
    clockOffsetMs: agent?.clockOffsetMs ?? null,
    clockWrongSince: agent?.clockWrongSince ?? null,
    packetsFolder,
  };
}

export function linkOf(link: LinkStatus, { unsentBytes }: Pick<StationStatus, 'unsentBytes'>) {
  const { bytesPerSecond } = link;
  return { ...link, secondsLeft: bytesPerSecond === null ? null : Math.ceil(unsentBytes / bytesPerSecond) };
}

export function itemOf({ rid, state, manifest, savedAt, changedAt, outcome, problem, rejection }: QueueItem): Item {
  const { process, priority, operator, corrects, packet } = manifest;
  return {
    rid,
    state,
    process,
    priority,
    operator,
    corrects: corrects ?? null,
    bytes: packet.bytes,
    digest: packet.digest,
    savedAt,
    changedAt,
    outcome: outcome ? { state: outcome.state, ...toldCode(outcome.code) } : null,
    problem: problem ? toldCode(problem) : null,
    rejection: rejection ? { by: rejection.by, at: rejection.at, reason: rejection.reason } : null,
  };
}

export function verdictOf({ rid, state, damage }: Looked): Verdict {
  return { rid, state, damage: damage ? { ...toldCode(damage.code), detail: damage.detail } : null };
}

export function decisionOf({ rid, code }: Decided): Decision {
  return { rid, failure: code ? failureOfCode(code) : null };
}

export function contentsOf({ enrolment }: Draft): NonNullable<Review['contents']> {
  const { identity, languages, consent, capturedAt, documents, biometrics, introducer } = enrolment;
  return {
    identity,
    languages: [...languages],
    consent,
    capturedAt,
    documents: documents.map(({ name, category, type, format, subPacket, content }) => {
      return { name, category, type, format, subPacket, bytes: content.byteLength };
    }),
    captures: biometrics.map(captureOf),
    introducerCaptures: introducer ? introducer.biometrics.map(captureOf) : null,
  };
}

function captureOf(biometric: Biometric): Capture {
  const { position, modality, quality, exception, forceCaptured, retries, capturedAt } = biometric;
  return { position, modality, quality, exception, forceCaptured, retries, capturedAt };
}

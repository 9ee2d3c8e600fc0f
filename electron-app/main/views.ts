/** What of the station's documents the window gets to see: no signature, no digest, no path. */
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { StationStatus } from '@enroute/edge-agent/station.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import { isStatusCode, type StatusCode } from '@enroute/shared/status/codes.ts';
import type { AwaitingRow, LimitsView, QueueRow, StationView, TaskRow } from '../shared-api.ts';

export function stationView(status: StationStatus): StationView {
  const { station, link, waiting, awaitingApproval, setAside, limits, clockOffsetMs } = status;
  const { up, since, reason } = link;
  return {
    station,
    link: { up, since, code: codeIn(reason), detail: reason },
    waiting,
    awaitingApproval: awaitingApproval.packets,
    setAside,
    limits: limitsView(limits),
    clockOffsetMs,
  };
}

function limitsView({ roomFor, lastSyncAt, findings }: StationStatus['limits']): LimitsView {
  return { roomFor, lastSyncAt, findings: findings.map(({ code, weight }) => ({ code, weight })) };
}

export function queueRow({ rid, manifest, savedAt, state, outcome, problem, rejection }: QueueItem): QueueRow {
  return {
    rid,
    process: manifest.process,
    urgent: manifest.priority === 'urgent',
    bytes: manifest.packet.bytes,
    savedAt,
    state,
    outcome: outcome ?? null,
    problem: problem ?? null,
    rejection: rejection ? { by: rejection.by, reason: rejection.reason } : null,
    corrects: manifest.corrects ?? null,
  };
}

export function awaitingRow({ rid, manifest, savedAt }: QueueItem): AwaitingRow {
  const { process, priority, operator } = manifest;
  return { rid, process, urgent: priority === 'urgent', operator, savedAt };
}

export function taskRow({ rid, code, positions, dueBy }: Task): TaskRow {
  return { rid, code, positions, dueBy };
}

/** An EnrouteError's message begins with its code. */
function codeIn(reason: string | null): StatusCode | null {
  const code = reason?.split(':')[0] ?? '';
  return isStatusCode(code) ? code : null;
}

/** What of the station's documents the window gets to see: no signature, no digest, no path. */
import { linkOf } from '@enroute/edge-agent/local-api/views.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { StationStatus } from '@enroute/edge-agent/station.ts';
import type { Task } from '@enroute/shared/schemas/task.ts';
import type { AwaitingRow, LimitsView, LinkView, QueueRow, StationView, TaskRow } from '../shared-api.ts';

export function stationView(status: StationStatus): StationView {
  const { station, link, waiting, awaitingApproval, setAside, limits, clockOffsetMs } = status;
  return {
    station,
    link: linkView(linkOf(link, status)),
    waiting,
    awaitingApproval: awaitingApproval.packets,
    setAside,
    limits: limitsView(limits),
    clockOffsetMs,
  };
}

function linkView(link: ReturnType<typeof linkOf>): LinkView {
  const { state, up, since, code, reason, nextTryAt, opensAt, sentTodayBytes, dailyBytes, secondsLeft } = link;
  return { state, up, since, code, detail: reason, nextTryAt, opensAt, sentTodayBytes, dailyBytes, secondsLeft };
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

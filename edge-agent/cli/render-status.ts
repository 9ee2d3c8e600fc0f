/** How the station stands, for people. */
import type { Status } from '../local-api/front-desk.ts';
import { renderFindings } from './render-findings.ts';
import { amount, count, duration, moment, sheet } from './words.ts';

export function renderStatus(status: Status): string {
  const { limits } = status;
  const facts = sheet([
    ['Station', status.station],
    ['Link', linkText(status.link)],
    ['Rate', rateText(status.link)],
    ['Sent today', budgetText(status.link)],
    ['Clock', clockText(status)],
    ['Last contact', limits.lastSyncAt ? moment(limits.lastSyncAt) : 'never'],
    ['Waiting', stockText(status.waiting)],
    ['For approval', approvalText(status.awaitingApproval)],
    ['Drafts', String(status.drafts)],
    ['Set aside', String(status.setAside)],
    ['Room for', limits.roomFor === null ? 'no limit' : `${count(limits.roomFor, 'more enrolment')}`],
    ['Disk', `${amount(limits.freeBytes)} free`],
    ['Packets', status.packetsFolder],
  ]);
  return limits.findings.length === 0 ? facts : `${facts}\n\n${renderFindings(limits.findings)}`;
}

const LINK_WORDS: Readonly<Record<NonNullable<Status['link']>['state'], string>> = {
  offline: 'down',
  probing: 'down, being tried',
  online: 'up',
  metered: 'up, packets wait',
  paused: 'paused',
  blocked: 'not let in',
};

function linkText(link: Status['link']): string {
  if (!link) return 'no agent runs';
  // What the plan says is of no use while the link is down, or a person has stopped it.
  const next = link.state === 'metered' ? link.opensAt : link.nextTryAt;
  const notes = [link.reason ?? '', next ? `next ${moment(next)}` : ''].filter(Boolean).join('; ');
  return `${LINK_WORDS[link.state]} since ${moment(link.since)}${notes ? ` (${notes})` : ''}`;
}

/** Nothing before anything was measured. */
function rateText(link: Status['link']): string | null {
  if (!link?.bytesPerSecond) return null;
  const left = link.secondsLeft ? `; what waits takes ${duration(link.secondsLeft * 1000)}` : '';
  return `${amount(Math.round(link.bytesPerSecond))}/s${left}`;
}

function budgetText(link: Status['link']): string | null {
  if (!link) return null;
  return `${amount(link.sentTodayBytes)}${link.dailyBytes === null ? '' : ` of ${amount(link.dailyBytes)}`}`;
}

/** Nothing of a clock that is right, or of which nothing is known. */
function clockText({ clockOffsetMs, clockWrongSince }: Status): string | null {
  if (clockOffsetMs === null || clockWrongSince === null) return null;
  const where = clockOffsetMs > 0 ? 'ahead of' : 'behind';
  return `${duration(Math.abs(clockOffsetMs))} ${where} the core's since ${moment(clockWrongSince)}: set it`;
}

function approvalText(stock: Status['awaitingApproval']): string {
  return stock.packets === 0 ? stockText(stock) : `${stockText(stock)}; they are among the waiting`;
}

function stockText({ packets, bytes, oldest }: Status['waiting']): string {
  if (packets === 0) return 'none';
  return `${count(packets, 'packet')}, ${amount(bytes)}${oldest ? `, the oldest since ${moment(oldest)}` : ''}`;
}

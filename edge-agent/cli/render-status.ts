/** How the station stands, for people. */
import type { Status } from '../local-api/front-desk.ts';
import { renderFindings } from './render-findings.ts';
import { amount, count, moment, sheet } from './words.ts';

export function renderStatus(status: Status): string {
  const { limits } = status;
  const facts = sheet([
    ['Station', status.station],
    ['Link', linkText(status.link)],
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

function linkText(link: Status['link']): string {
  if (!link) return 'no agent runs';
  const reason = link.reason ? ` (${link.reason})` : '';
  return `${link.up ? 'up' : 'down'} since ${moment(link.since)}${reason}`;
}

function approvalText(stock: Status['awaitingApproval']): string {
  return stock.packets === 0 ? stockText(stock) : `${stockText(stock)}; they are among the waiting`;
}

function stockText({ packets, bytes, oldest }: Status['waiting']): string {
  if (packets === 0) return 'none';
  return `${count(packets, 'packet')}, ${amount(bytes)}${oldest ? `, the oldest since ${moment(oldest)}` : ''}`;
}

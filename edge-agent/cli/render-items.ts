/** Registrations of the queue for people: a table of many, a sheet of one. */
import Table from 'cli-table3';
import type { Item, Review } from '../local-api/front-desk.ts';
import { amount, moment, printable, sheet } from './words.ts';

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
  const made = new Table({ head: [...head], chars: NO_BORDERS, style });
  for (const row of rows) made.push(row.map(printable));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

export function renderList(items: readonly Item[]): string {
  if (items.length === 0) return 'Nothing is here.';
  const rows = items.map((item) => [
    item.rid,
    item.state,
    item.priority === 'urgent' ? `${item.process}!` : item.process,
    item.operator,
    moment(item.savedAt),
    amount(item.bytes),
    noteOf(item),
  ]);
  return table(['RID', 'STATE', 'PROCESS', 'OPERATOR', 'SAVED', 'SIZE', ''], rows);
}

function noteOf({ outcome, problem, rejection, corrects }: Item): string {
  if (outcome) return `${outcome.state} ${outcome.code}`;
  if (rejection) return rejection.reason;
  if (problem) return problem.code;
  return corrects ? `corrects ${corrects}` : '';
}

export function renderItem(item: Item): string {
  const { outcome, problem, rejection } = item;
  return sheet([
    ['RID', item.rid],
    ['State', `${item.state}, since ${moment(item.changedAt)}`],
    ['Process', `${item.process}, ${item.priority}`],
    ['Corrects', item.corrects],
    ['Operator', item.operator],
    ['Saved', moment(item.savedAt)],
    ['Packet', `${amount(item.bytes)}, SHA-256 ${item.digest}`],
    ['Outcome', outcome && `${outcome.state}: ${outcome.code}, ${outcome.sentence} ${outcome.next}`],
    ['Problem', problem && `${problem.code}, ${problem.sentence} ${problem.next}`],
    ['Rejected', rejection && `${rejection.reason}, by ${rejection.by}, ${moment(rejection.at)}`],
  ]);
}

export function renderReview({ item, contents }: Review): string {
  if (!contents) {
    return `${renderItem(item)}\n\nIt was sealed for the core before an approval was asked for: its contents can not be shown here.`;
  }
  const fields = Object.entries(contents.identity).map(([name, value]): [string, string] => [name, fieldText(value)]);
  const captures = [
    ...contents.captures.map((capture) => captureRow(capture, '')),
    ...(contents.introducerCaptures ?? []).map((capture) => captureRow(capture, 'introducer')),
  ];
  return [
    renderItem(item),
    sheet([
      ['Consent', contents.consent ? 'yes' : 'no'],
      ['Languages', contents.languages.join(', ')],
      ['Captured', moment(contents.capturedAt)],
    ]),
    sheet(fields),
    table(
      ['DOCUMENT', 'PROOF', 'TYPE', 'FORMAT', 'SIZE'],
      contents.documents.map(({ name, category, type, format, bytes }) => [
        name,
        category,
        type,
        format,
        amount(bytes),
      ]),
    ),
    table(['CAPTURE', 'QUALITY', 'RETRIES', 'WHEN', ''], captures),
  ].join('\n\n');
}

type Contents = NonNullable<Review['contents']>;

function fieldText(value: Contents['identity'][string]): string {
  if (typeof value !== 'object') return String(value);
  return value.map(({ language, value: text }) => `${text} [${language}]`).join(' · ');
}

function captureRow(capture: Contents['captures'][number], whose: string): string[] {
  const { position, quality, retries, capturedAt, exception, forceCaptured } = capture;
  const marks = [whose, exception ? 'exception' : '', forceCaptured ? 'accepted below the threshold' : ''];
  return [
    position,
    exception ? '-' : String(quality),
    String(retries),
    moment(capturedAt),
    marks.filter(Boolean).join(', '),
  ];
}

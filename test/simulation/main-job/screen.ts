/** What the main job shows in the terminal. Without a terminal it prints the same facts line by line. */
import { styleText } from 'node:util';
import type { UploadProgress } from '@enroute/edge-agent/agent/uploader.ts';
import { MultiBar, type SingleBar } from 'cli-progress';
import Table from 'cli-table3';

export interface Row {
  /** Who it is about, as the people came. */
  readonly who: string;
  readonly rid: string;
  readonly outcome: string;
  readonly detail: string;
  readonly answeredAfterMs: number | undefined;
  readonly bytes: number;
  readonly remark: string;
}

export interface Screen {
  title(text: string): void;
  step(number: number, text: string): void;
  line(text: string): void;
  warn(text: string): void;
  /** Counts something that goes on: "enrolled 3 of 12". */
  counter(what: string, total: number): { tick(text: string): void };
  uploads(): { progress(upload: UploadProgress): void; note(text: string): void; done(): void };
  table(rows: readonly Row[]): void;
}

const BAR = '    {name}  {bar}  {value}/{total} KiB  {note}';

export function openScreen(out: NodeJS.WriteStream): Screen {
  const line = (text: string): void => {
    out.write(`${text}\n`);
  };
  const dim = (text: string): string => styleText('dim', text, { stream: out });
  return {
    title: (text) => line(`\n${styleText('bold', text, { stream: out })}`),
    step: (number, text) => line(`\n${styleText(['bold', 'cyan'], ` ${number} `, { stream: out })} ${text}`),
    line: (text) => line(`    ${text}`),
    warn: (text) => line(`    ${styleText('yellow', text, { stream: out })}`),
    counter: (what, total) => {
      let count = 0;
      return {
        tick: (text) => {
          count += 1;
          line(`    ${what} ${String(count).padStart(String(total).length)}/${total}  ${dim(text)}`);
        },
      };
    },
    uploads: () => (out.isTTY ? uploadBars(out) : uploadLines(line)),
    table: (rows) => line(tableOf(rows)),
  };
}

function uploadBars(out: NodeJS.WriteStream) {
  const bars = new MultiBar({
    format: BAR,
    stream: out,
    clearOnComplete: false,
    hideCursor: true,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  const known = new Map<string, SingleBar>();
  let latest: SingleBar | undefined;
  let news = '';
  return {
    progress: ({ rid, sentBytes, totalBytes, resumedFrom }: UploadProgress) => {
      const bar = known.get(rid) ?? bars.create(kib(totalBytes), 0, { name: rid, note: '' });
      known.set(rid, bar);
      if (bar !== latest) news = '';
      latest = bar;
      const resumed = resumedFrom > 0 ? `went on from ${kib(resumedFrom)} KiB` : '';
      bar.update(kib(sentBytes), { note: [news, resumed].filter(Boolean).join('; ') });
    },
    note: (text: string) => {
      news = text;
      latest?.update({ note: text });
    },
    done: () => bars.stop(),
  };
}

/** For logs and pipes: a line when an upload begins, goes on, and is through. */
function uploadLines(line: (text: string) => void) {
  const told = new Map<string, string>();
  const tell = (rid: string, stage: string, text: string): void => {
    if (told.get(rid) === stage) return;
    told.set(rid, stage);
    line(`    ${rid} ${text}`);
  };
  return {
    progress: ({ rid, sentBytes, totalBytes, resumedFrom }: UploadProgress) => {
      if (sentBytes >= totalBytes) return tell(rid, 'through', `all ${kib(totalBytes)} KiB sent`);
      if (resumedFrom > 0)
        return tell(rid, `from ${resumedFrom}`, `goes on from ${kib(resumedFrom)} of ${kib(totalBytes)} KiB`);
      return tell(rid, 'begun', `uploading ${kib(totalBytes)} KiB`);
    },
    note: (text: string) => line(`    ${text}`),
    done: () => undefined,
  };
}

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['', 'RID', 'outcome', '', 'answered after', 'KiB', ''],
    colAligns: ['right', 'left', 'left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { who, rid, outcome, detail, answeredAfterMs, bytes, remark } of rows) {
    const after = answeredAfterMs === undefined ? '' : `${(answeredAfterMs / 1000).toFixed(1)} s`;
    table.push([who, rid, outcome, detail, after, kib(bytes), remark]);
  }
  return table.toString();
}

function kib(bytes: number): number {
  return Math.round(bytes / 1024);
}

/** Makes numbers of the transfers of one subject over one link: the median of the seeds, beside what could not be less. */
import { median } from '../interleaved.ts';
import { atMost, type Measurement, type Target } from '../measurement.ts';
import type { LinkCase } from './cases.ts';
import type { Transfer } from './transfer.ts';

export interface Judged {
  readonly linkCase: LinkCase;
  readonly subject: string;
  /** Only Enroute has set out to reach something. */
  readonly isJudged: boolean;
  /** One for each seed. */
  readonly transfers: readonly Transfer[];
}

const SECOND_MS = 1_000;
const MEGABYTE = 1e6;

export function measurementsOf({ linkCase, subject, isJudged, transfers }: Judged): Measurement[] {
  const { targets } = linkCase;
  const floor = `floor of ${subject}`;
  const payload = `payload of ${subject}`;
  const same = { case: linkCase.name, ...noteOn(transfers) };
  const floorsMs = transfers.map((transfer) => floorMs(transfer, linkCase));
  const timeRatio = median(transfers.map((transfer, run) => ratioOf(transfer, transfer.tookMs, floorsMs[run])));
  const payloadBytes = median(transfers.map((transfer) => transfer.payloadBytes));
  const bytes = (metric: string, of: (transfer: Transfer) => number, most?: number): Measurement[] => {
    const value = median(transfers.map(of));
    const ratio = median(transfers.map((transfer) => of(transfer) / transfer.payloadBytes));
    return [
      {
        ...same,
        subject,
        metric,
        value: value / MEGABYTE,
        unit: 'MB',
        against: payload,
        ratio,
        ...judged(isJudged, ratio, most),
      },
      { case: linkCase.name, subject: payload, metric, value: payloadBytes / MEGABYTE, unit: 'MB' },
    ];
  };
  return [
    {
      ...same,
      subject,
      metric: 'time',
      value: median(transfers.map(({ tookMs }) => tookMs)) / SECOND_MS,
      unit: 's',
      against: floor,
      ...(Number.isFinite(timeRatio) ? { ratio: timeRatio } : {}),
      ...judged(isJudged, timeRatio, targets.time),
    },
    { case: linkCase.name, subject: floor, metric: 'time', value: median(floorsMs) / SECOND_MS, unit: 's' },
    ...bytes('bytes up', ({ bytesUp }) => bytesUp),
    ...bytes('bytes up and down', ({ bytesUp, bytesDown }) => bytesUp + bytesDown, targets.bytes),
  ];
}

/** The least that it could take: the payload at full speed, and the time in which there was no link. */
function floorMs({ payloadBytes, downMs }: Transfer, { bytesPerSecond }: LinkCase): number {
  return (payloadBytes / bytesPerSecond) * SECOND_MS + downMs;
}

function isFinished({ delivered, packets }: Transfer): boolean {
  return delivered >= packets;
}

/** What did not finish took longer than anything that did. */
function ratioOf(transfer: Transfer, value: number, least = Number.NaN): number {
  return isFinished(transfer) ? value / least : Number.POSITIVE_INFINITY;
}

function noteOn(transfers: readonly Transfer[]): { note?: string } {
  if (transfers.every(isFinished)) return {};
  const of = transfers.map(({ delivered }) => delivered).join(', ');
  return { note: `did not finish (${of} of ${transfers[0]?.packets})` };
}

function judged(isJudged: boolean, ratio: number, most: number | undefined): { target?: Target } {
  return isJudged && most !== undefined ? { target: atMost(ratio, most) } : {};
}

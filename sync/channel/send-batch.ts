/**
 * Sends documents up so that one which can not be sent never holds back the others. The core answers for each document;
 * but what refuses a request whole (a proxy that lets through little, something in it that can not be read) names none.
 * Then the batch is halved until the culprit stands alone.
 */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { LinkError } from '../link/link-error.ts';
import type { BulkDocsAnswer } from './protocol.ts';

export interface UpDoc {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** Codes with which the core refuses a request that it can not read. */
const UNREADABLE = new Set<StatusCode>(['ENR-WEB-003', 'ENR-CHN-003']);
/** Statuses with which something on the way refuses a request for what is in it. */
const NOT_LET_THROUGH = new Set([400, 403, 413, 422]);

/** A request was refused for what is in it. */
export class WholeRefusal {
  /** The core's; undefined when it was refused on the way. */
  readonly code: StatusCode | undefined;

  private constructor(code: StatusCode | undefined) {
    this.code = code;
  }

  /** Undefined for any other failure. */
  static byCore(error: unknown): WholeRefusal | undefined {
    return error instanceof EnrouteError && UNREADABLE.has(error.code) ? new WholeRefusal(error.code) : undefined;
  }

  /** Undefined for any other failure. */
  static onTheWay(error: unknown): WholeRefusal | undefined {
    const isIt = error instanceof LinkError && error.status !== undefined && NOT_LET_THROUGH.has(error.status);
    return isIt ? new WholeRefusal(undefined) : undefined;
  }
}

/** What became of a request; `too much`: the link did not bring so many documents over in time, half of them it may. */
export type Said = BulkDocsAnswer | WholeRefusal | 'too much';

/** @throws LinkError, Refusal; always when an empty batch is refused, for then it is not for what is in it. */
type Ask = (docs: readonly UpDoc[]) => Promise<Said>;

/**
 * Tells what became of each document, as it is known: in twice as many requests as there are documents, at the most, and
 * one empty one. What was told already is not sent again when a later part is too much for the link.
 * @throws LinkError when nothing at all is let through: then nothing was refused either.
 */
export async function* sendBatch(docs: readonly UpDoc[], ask: Ask): AsyncGenerator<BulkDocsAnswer> {
  const pieces: (readonly UpDoc[])[] = docs.length > 0 ? [docs] : [];
  const culprits: { readonly id: string; readonly refusal: WholeRefusal }[] = [];
  let hasPassed = false;
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    const said = await ask(piece);
    const [first] = piece;
    if (said === 'too much') {
      pieces.unshift(...halvesOf(piece));
      continue;
    }
    if (!(said instanceof WholeRefusal)) {
      hasPassed = true;
      yield said;
      continue;
    }
    // A captive portal refuses everything, whatever it is: an empty batch shows the difference.
    if (!said.code && !hasPassed) await ask([]);
    hasPassed = true;
    if (first && piece.length === 1) {
      culprits.push({ id: first._id, refusal: said });
    } else {
      pieces.unshift(...halvesOf(piece));
    }
  }
  yield culprits.map(({ id, refusal }) => ({ id, error: 'forbidden', reason: refusal.code ?? 'ENR-CHN-005' }));
}

function halvesOf(piece: readonly UpDoc[]): (readonly UpDoc[])[] {
  const half = Math.ceil(piece.length / 2);
  return [piece.slice(0, half), piece.slice(half)];
}

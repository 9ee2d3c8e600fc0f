/** The requests that the link has let go and that have not ended. */
import type { Passage, Plane } from './link.ts';
import { LinkError } from './link-error.ts';

/** A request that is under way. */
export interface Call {
  readonly plane: Plane;
  readonly isProbe: boolean;
  readonly cut: AbortController;
  /** What has come of it so far: the core's answer to an upload's first request, then bytes that it has got. */
  word: 'none' | 'answer' | 'bytes';
}

export class Calls {
  readonly #underWay = new Set<Call>();

  begin(plane: Plane, isProbe: boolean): Call {
    const call: Call = { plane, isProbe, cut: new AbortController(), word: 'none' };
    this.#underWay.add(call);
    return call;
  }

  end(call: Call): void {
    this.#underWay.delete(call);
  }

  /** The one of a plane that began last. */
  latest(plane: Plane): Call | undefined {
    return [...this.#underWay].findLast((call) => call.plane === plane);
  }

  callOff(which: (call: Call) => boolean): void {
    for (const call of this.#underWay) if (which(call)) call.cut.abort(new LinkError('called off'));
  }
}

/**
 * @param caller the caller's own signal.
 * @throws the reason for which the call was called off before it began.
 */
export function passageOf({ isProbe, cut }: Call, caller: AbortSignal): Passage {
  const signal = AbortSignal.any([caller, cut.signal]);
  signal.throwIfAborted();
  return { isProbe, signal };
}

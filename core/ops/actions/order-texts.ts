/** Orders in words, as the audit and people read them. */
import type { Ordered } from '../../pipeline/events/event.ts';
import { isOrderName } from './kept-orders.ts';

export function actText(act: Ordered): string {
  switch (act.do) {
    case 'resume-from':
      return `resume-from ${act.stage}`;
    case 'stop':
      return `stop with ${act.code}`;
    case 'decide':
      return act.accept === undefined ? 'decide: nobody' : `decide: the person of ${act.accept}`;
    case 'prioritise':
      return `prioritise ${act.priority}`;
    case 'pause':
      return `pause until ${act.until}, then ${act.after}`;
    case 'resume':
    case 'restart':
      return act.do;
  }
}

/** Anything may be typed in place of a token; the audit has none of it. */
export function orderText(token: string): string {
  return isOrderName(token) ? `order ${token}` : 'order';
}

/** What a person orders of the link, and what the link does then. */
import type { Station } from '../station.ts';
import type { LinkOrder } from './front-desk.ts';

export function steerLink(link: Station['link'], order: LinkOrder): void {
  if (order === 'pause') link.pause();
  else if (order === 'resume') link.resume();
  else link.tryNow();
}

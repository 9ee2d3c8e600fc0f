/**
 * Draws a flow as a Mermaid flowchart: what goes on as a line, what is refused or fails as a dotted one, and what an event
 * leads to as a thick one.
 */
import { DEAD_LETTER, END, type LoadedFlow, type Target } from './flow.ts';
import { type Way, waysOn } from './ways.ts';

const ENDS: Readonly<Record<Target, string>> = { [END]: 'end_(["end"])', [DEAD_LETTER]: 'dead_(["dead letter"])' };
/** What a drawing is crowded by, and what is not the way of most. */
const TROUBLE = new Set(['reject', 'fail']);

export function drawMermaid(flow: LoadedFlow): string {
  const nodes = flow.steps.map(({ stage }) => `  ${idOf(stage)}["${stage}"]`);
  const ways = flow.steps.flatMap(({ stage }) => waysOn(flow, stage).map((way) => edgeOf(stage, way)));
  const ends = Object.entries(ENDS).flatMap(([target, node]) =>
    ways.some((edge) => edge.endsWith(` ${idOf(target)}`)) ? [`  ${node}`] : [],
  );
  return ['flowchart TD', ...nodes, ...ends, ...ways].join('\n');
}

function edgeOf(from: string, way: Way): string {
  return `  ${idOf(from)} ${arrowOf(way)}${labelOf(way)} ${idOf(way.to)}`;
}

function arrowOf(way: Way): string {
  if (way.kind === 'wake') return '==>';
  const isTrouble = way.kind === 'expiry' || way.after.every((route) => TROUBLE.has(route));
  return isTrouble ? '-.->' : '-->';
}

function labelOf(way: Way): string {
  if (way.kind === 'wake') return label(way.reason, '');
  if (way.kind === 'expiry') return label(`${way.reason} not in time`, way.note);
  const after = way.after.join(', ');
  // The usual way needs no words.
  return after === 'next' && way.note === '' ? '' : label(after, way.note);
}

function label(after: string, note: string): string {
  return `|"${note === '' ? after : `${after}: ${note}`}"|`;
}

function idOf(target: Target): string {
  if (target === END) return 'end_';
  if (target === DEAD_LETTER) return 'dead_';
  // Words such as "end" mean something to Mermaid.
  return `stage_${target.replaceAll('-', '_')}`;
}

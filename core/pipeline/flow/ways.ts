/** Everything that can follow a stage, one way each, as drawings show it. */

import { type Condition, conditionText } from './conditions.ts';
import type { LoadedFlow, RouteName, Target, Verdict } from './flow.ts';
import { waysOf } from './routes.ts';

export type Way =
  /** After these outcomes, which lead the same way. */
  | { readonly kind: 'route'; readonly after: readonly RouteName[]; readonly to: Target; readonly note: string }
  /** What it waits for comes. */
  | { readonly kind: 'wake'; readonly reason: string; readonly to: string }
  /** It does not come in time. */
  | { readonly kind: 'expiry'; readonly reason: string; readonly to: string; readonly note: string };

export function waysOn(flow: LoadedFlow, stage: string): Way[] {
  const routes = new Map<string, Extract<Way, { kind: 'route' }>>();
  const cases = waysOf(flow.step(stage));
  for (const { route, to, when, verdict } of cases) {
    const alone = cases.filter((one) => one.route === route).length === 1;
    const note = [whenText(when, alone), verdictText(verdict)].filter((text) => text !== '').join('; ');
    const key = `${to} ${note}`;
    routes.set(key, { kind: 'route', after: [...(routes.get(key)?.after ?? []), route], to, note });
  }
  const waits = (flow.stage(stage).parks ?? []).flatMap((reason): Way[] => {
    const waker = flow.wakers[reason];
    if (!waker) return [];
    const { expires } = waker;
    const over =
      'to' in expires ? { to: expires.to, note: '' } : { to: flow.answer, note: verdictText(expires.verdict) };
    return [
      { kind: 'wake', reason, to: waker.resumeAt ?? stage },
      { kind: 'expiry', reason, ...over },
    ];
  });
  return [...routes.values(), ...waits];
}

function whenText(when: Condition | undefined, alone: boolean): string {
  if (when) return `when ${conditionText(when)}`;
  return alone ? '' : 'otherwise';
}

export function verdictText(verdict: Verdict | undefined): string {
  return verdict ? `${verdict.state} ${verdict.code}` : '';
}

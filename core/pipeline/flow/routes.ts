/** Which way a registration takes along a route, and where routes can lead. */
import { holds, type Judged } from './conditions.ts';
import type { FlowStep, Route, RouteCase, RouteName } from './flow.ts';

/** Of a target alone: its one case, which always holds. */
export function casesOf(route: Route): readonly RouteCase[] {
  return typeof route === 'string' ? [{ to: route }] : route;
}

/** The first whose condition holds; undefined when none does, which a flow that was checked does not have. */
export function chosenCase(route: Route, registration: Judged): RouteCase | undefined {
  return casesOf(route).find(({ when }) => !when || holds(when, registration));
}

export interface NamedCase extends RouteCase {
  readonly route: RouteName;
}

/** Every way on from a step. */
export function waysOf(step: FlowStep): NamedCase[] {
  const routes = Object.entries(step.on) as [RouteName, Route | undefined][];
  return routes.flatMap(([route, cases]) =>
    cases === undefined ? [] : casesOf(cases).map((one) => ({ ...one, route })),
  );
}

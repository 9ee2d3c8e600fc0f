import { expect, it } from 'vitest';
import type { CoreDatabases } from '../../databases.ts';
import type { JsonRoute, Route } from '../route.ts';
import { orderRoutes } from './order-routes.ts';
import { pauseRuleRoutes } from './pause-rule-routes.ts';

const options = { databases: {} as CoreDatabases, now: () => new Date() };
const TOKEN = '0'.repeat(32);
const RULE = { name: 'storm', match: {}, hours: 2, after: 'stop' };

function of(routes: readonly Route[], method: string, path: string): JsonRoute {
  const found = routes.find((route) => route.method === method && route.path === path);
  if (found?.kind !== 'json') throw new Error(`${method} ${path} is not served.`);
  return found;
}

it('The audit names the order to many before it is given, and nothing else that was typed in its place', () => {
  const route = of(orderRoutes(options), 'POST', '/api/registrations/actions');
  expect(route.about?.({ token: TOKEN })).toBe(`order ${TOKEN}`);
  expect(route.about?.({ token: 'my password' })).toBe('order');
});

it('The audit says what a rule said, when it was looked at and when it was set', () => {
  const routes = pauseRuleRoutes(options);
  const text = 'pause rule storm: {"match":{},"hours":2,"after":"stop"}';
  for (const [method, path] of [
    ['POST', '/api/pause-rules/previews'],
    ['PUT', '/api/pause-rules/:rule'],
  ] as const)
    expect(of(routes, method, path).about?.(RULE)).toBe(text);
});

import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { consoleRoutes } from './console-routes.ts';

it('asks how the stations stand once at a time, however many look on and however long the answer takes', async () => {
  let asking = 0;
  let most = 0;
  const statuses = async () => {
    asking += 1;
    most = Math.max(most, asking);
    await sleep(100);
    asking -= 1;
    return [];
  };
  const app = express();
  app.use('/console', consoleRoutes({ token: 'a secret', page: import.meta.dirname, statuses, refreshMs: 10 }));
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/console/`;
  const entered = await fetch(`${url}?token=a%20secret`, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const looks = Array.from({ length: 6 }, async (_none, index) => {
    await sleep(index * 25);
    return (await fetch(`${url}api/stations`, { headers: { cookie } })).status;
  });
  expect(await Promise.all(looks)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(most).toBe(1);
});

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../shared-api.ts';
import { makeStationApi } from './station-api.ts';

function makeApi() {
  const asked: unknown[][] = [];
  const bus = new EventEmitter();
  const api = makeStationApi({
    invoke: async (...message) => {
      asked.push(message);
      return { ok: true, value: 'answer' };
    },
    on: (channel, listener) => bus.on(channel, listener),
    off: (channel, listener) => bus.off(channel, listener),
  });
  return { api, asked, bus };
}

describe('The API of the window', () => {
  it('asks each question on its own channel with nothing but its argument', async () => {
    const { api, asked } = makeApi();
    await Promise.all([api.status(), api.queue(50), api.tasks(), api.result('a rid')]);
    expect(asked).toEqual([[CHANNELS.status], [CHANNELS.queue, 50], [CHANNELS.tasks], [CHANNELS.result, 'a rid']]);
  });

  it('hands the password on with the one question that it is for', async () => {
    const { api, asked } = makeApi();
    const signIn = { person: 'salim', password: 'a password for tests' };
    await Promise.all([
      api.awaiting(),
      api.review(['a rid'], signIn),
      api.approve(['a rid'], signIn),
      api.reject(['a rid'], 'DOCUMENTS', signIn),
    ]);
    expect(asked).toEqual([
      [CHANNELS.awaiting],
      [CHANNELS.review, ['a rid'], signIn],
      [CHANNELS.approve, ['a rid'], signIn],
      [CHANNELS.reject, ['a rid'], 'DOCUMENTS', signIn],
    ]);
  });

  it('hands on what is answered', async () => {
    expect(await makeApi().api.status()).toEqual({ ok: true, value: 'answer' });
  });

  it('gives listeners the value and never Electron’s event', () => {
    const { api, bus } = makeApi();
    const heard: unknown[][] = [];
    api.onChanged((...values: unknown[]) => heard.push(values));
    api.onProgress((...values: unknown[]) => heard.push(values));
    const progress = { rid: 'r', sentBytes: 1, totalBytes: 2, resumedFrom: 0 };
    bus.emit(CHANNELS.changed, { sender: 'electron' });
    bus.emit(CHANNELS.progress, { sender: 'electron' }, progress);
    expect(heard).toEqual([[], [progress]]);
  });

  it('stops listening when it is told to', () => {
    const { api, bus } = makeApi();
    let heard = 0;
    const stop = api.onChanged(() => {
      heard += 1;
    });
    bus.emit(CHANNELS.changed, {});
    stop();
    bus.emit(CHANNELS.changed, {});
    expect(heard).toBe(1);
    expect(bus.listenerCount(CHANNELS.changed)).toBe(0);
  });

  it('has these eleven functions and no more', () => {
    expect(Object.keys(makeApi().api).sort()).toEqual([
      'approve',
      'awaiting',
      'onChanged',
      'onProgress',
      'queue',
      'reject',
      'result',
      'review',
      'status',
      'steerLink',
      'tasks',
    ]);
  });
});

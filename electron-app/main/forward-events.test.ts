import { EventEmitter } from 'node:events';
import type { Station } from '@enroute/edge-agent/station.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CHANNELS } from '../shared-api.ts';
import { forwardEvents } from './forward-events.ts';

let events: Station['events'];
let sent: unknown[][];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  events = new EventEmitter();
  sent = [];
  stop = forwardEvents(events, (...message) => sent.push(message));
});

afterEach(() => {
  vi.useRealTimers();
});

const progress = (rid: string, sentBytes: number) => {
  return { rid, sentBytes, durableBytes: 0, totalBytes: 100, resumedFrom: 0 };
};

it('A burst of changes is one message', () => {
  for (let count = 0; count < 100; count += 1) events.emit('changed');
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([[CHANNELS.changed]]);
});

it('Of each packet’s progress the latest is told', () => {
  events.emit('progress', progress('a', 10));
  events.emit('progress', progress('b', 5));
  events.emit('progress', progress('a', 20));
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([
    [CHANNELS.progress, progress('a', 20)],
    [CHANNELS.progress, progress('b', 5)],
  ]);
});

it('What comes later is told later', () => {
  events.emit('changed');
  vi.advanceTimersByTime(1_000);
  events.emit('changed');
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(2);
});

it('Nothing is told after the end', () => {
  events.emit('changed');
  stop();
  events.emit('changed');
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([]);
});

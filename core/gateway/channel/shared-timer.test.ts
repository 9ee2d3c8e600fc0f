import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SharedTimer } from './shared-timer.ts';

function open() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const told: string[] = [];
  const timer = new SharedTimer(() => performance.now());
  const add = (name: string, inMs: number) => {
    const due = { due: () => void told.push(name) };
    const slot = timer.add(performance.now() + inMs, due);
    return () => timer.remove(slot, due);
  };
  return { told, add };
}

describe('the timer of all who wait', () => {
  it('tells each once, when its time has come and not before', () => {
    const { told, add } = open();
    add('late', 1_000);
    add('soon', 120);
    vi.advanceTimersByTime(100);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['soon']);
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['soon', 'late']);
  });

  it('tells nobody who was removed, and runs only while somebody waits', () => {
    const { told, add } = open();
    const remove = add('removed', 200);
    expect(vi.getTimerCount()).toBe(1);
    remove();
    remove();
    expect(vi.getTimerCount()).toBe(0);
    add('past', -500);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['past']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

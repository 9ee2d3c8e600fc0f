import { describe, expect, it } from 'vitest';
import { watchLink } from './link-status.ts';

describe('the status of the link', () => {
  it('says since when it is as it is, and is told on a change only', () => {
    let seconds = 0;
    const now = (): Date => new Date(Date.UTC(2026, 2, 1, 10, 0, seconds));
    const changes: boolean[] = [];
    const link = watchLink(now, ({ up }) => changes.push(up));
    expect(link.status).toEqual({ up: false, since: '2026-03-01T10:00:00.000Z', reason: null });

    seconds = 1;
    link.report(false, new Error('no answer'));
    expect(link.status).toEqual({ up: false, since: '2026-03-01T10:00:00.000Z', reason: 'no answer' });
    seconds = 2;
    link.report(true);
    link.report(true);
    expect(link.status).toEqual({ up: true, since: '2026-03-01T10:00:02.000Z', reason: null });
    seconds = 3;
    link.report(false);
    expect(link.status).toEqual({ up: false, since: '2026-03-01T10:00:03.000Z', reason: null });
    expect(changes).toEqual([true, false]);
  });
});

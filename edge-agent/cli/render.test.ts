import { describe, expect, it } from 'vitest';
import type { Item, Review, Status } from '../local-api/front-desk.ts';
import { NOW } from '../queue/queue.fixture.ts';
import { renderFailure } from './render-findings.ts';
import { renderList, renderReview } from './render-items.ts';
import { renderStatus } from './render-status.ts';
import { amount, count, moment, printable } from './words.ts';

const at = NOW.toISOString();
const item: Item = {
  rid: '10001100770000120260301100000',
  state: 'AWAITING_APPROVAL',
  process: 'NEW',
  priority: 'urgent',
  operator: 'amina',
  corrects: null,
  bytes: 1_300_000,
  digest: 'a'.repeat(64),
  savedAt: at,
  changedAt: at,
  outcome: null,
  problem: null,
  rejection: null,
};

describe('what people read', () => {
  it('has times and amounts that are the same everywhere', () => {
    expect(moment(at)).toBe('2026-03-01 10:00:00Z');
    expect([0, 999, 1_000, 1_340_000, 5e15].map(amount)).toEqual(['0 B', '999 B', '1.0 kB', '1.3 MB', '5000.0 TB']);
    expect([count(1, 'packet'), count(2, 'packet')]).toEqual(['1 packet', '2 packets']);
  });

  it('is a table that is aligned', () => {
    const other: Item = { ...item, state: 'SEALED', priority: 'normal', operator: 'a-long-name' };
    const [head = '', first = '', second = ''] = renderList([item, other]).split('\n');
    for (const [column, cells] of [
      ['PROCESS', ['NEW!', 'NEW ']],
      ['SAVED', ['2026', '2026']],
      ['SIZE', ['1.3 ', '1.3 ']],
    ] as const) {
      const from = head.indexOf(column);
      expect([first, second].map((row) => row.slice(from, from + 4))).toEqual(cells);
    }
  });

  it('tells each finding with its next step, and a single failure in two lines', () => {
    const failure = { error: 'ENR-STN-008', reason: 'No such thing.', next: 'Look.', detail: 'x' };
    expect(renderFailure(failure)).toBe('ENR-STN-008: No such thing. (x)\n  Look.');
    const finding = { code: 'ENR-VAL-001', sentence: 'No.', detail: 'consent', next: 'Ask.' };
    const findings = [
      { ...finding, weight: 'refuse' as const },
      { ...finding, code: 'MOSIP_X', weight: 'note' as const },
    ];
    expect(renderFailure({ ...failure, findings })).toBe(
      [
        'Refused, for one reason:',
        '  ✗ ENR-VAL-001  No. (consent)',
        '                 Ask.',
        '  · MOSIP_X      No. (consent)',
        '                 Ask.',
      ].join('\n'),
    );
  });

  it('does not let a name pass for something that we say, or steer the terminal', () => {
    const review: Review = {
      item,
      contents: {
        identity: { fullName: 'Eve\nConsent  yes\u001b[2J\u202e' },
        languages: ['eng'],
        consent: false,
        capturedAt: at,
        documents: [{ name: 'a', category: 'POI', type: '\u001b[31m', format: 'pdf', subPacket: 'id', bytes: 1 }],
        captures: [],
        introducerCaptures: null,
      },
    };
    const text = renderReview(review);
    expect(text).toMatch(/^Consent +no$/m);
    expect(text).not.toMatch(/^Consent +yes/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(printable('a\r\nb')).toBe('a  b');
  });

  it('tells how the link stands while the agent runs', () => {
    const stock = { packets: 0, bytes: 0, oldest: null };
    const status: Status = {
      station: '1000110077',
      link: {
        state: 'offline',
        up: false,
        since: at,
        reason: 'ECONNREFUSED',
        code: null,
        nextTryAt: null,
        lastSuccessAt: null,
        bytesPerSecond: 4_000,
        secondsLeft: 7_200,
        sentTodayBytes: 1_000_000,
        dailyBytes: 50_000_000,
        opensAt: null,
      },
      waiting: { packets: 2, bytes: 2_000, oldest: at },
      awaitingApproval: stock,
      drafts: 0,
      setAside: 0,
      limits: { roomFor: null, freeBytes: 1e9, lastSyncAt: at, findings: [] },
      clockOffsetMs: 0,
      clockWrongSince: null,
      packetsFolder: '/station/packets',
    };
    const text = renderStatus(status);
    expect(text).toMatch(/^Link +down since 2026-03-01 10:00:00Z \(ECONNREFUSED\)$/m);
    const linkText = (change: Partial<NonNullable<Status['link']>>): string | undefined =>
      renderStatus({ ...status, link: status.link && { ...status.link, ...change } }).match(/^Link.*/m)?.[0];
    const [opensAt, nextTryAt] = ['2026-03-02T00:00:00.000Z', '2026-03-01T10:01:00.000Z'];
    expect(linkText({ nextTryAt, opensAt })).toMatch(/next 2026-03-01 10:01:00Z\)$/);
    expect(linkText({ state: 'metered', opensAt })).toMatch(/next 2026-03-02 00:00:00Z\)$/);
    expect(linkText({ state: 'paused', code: 'ENR-LNK-005', opensAt })).not.toContain('next');
    expect(text).toMatch(/^Rate +4.0 kB\/s; what waits takes 2 hours$/m);
    expect(text).toMatch(/^Sent today +1.0 MB of 50.0 MB$/m);
    expect(text).toMatch(/^Waiting +2 packets, 2.0 kB, the oldest since 2026-03-01 10:00:00Z$/m);
    expect(text).toMatch(/^Room for +no limit$/m);
    expect(text).not.toMatch(/^Clock/m);
    const wrong = renderStatus({ ...status, clockOffsetMs: -3 * 86_400_000, clockWrongSince: at });
    expect(wrong).toMatch(/^Clock +3 days behind the core's since 2026-03-01 10:00:00Z: set it$/m);
    expect(text).toMatch(/^For approval +none$/m);
    const awaiting = renderStatus({ ...status, awaitingApproval: { packets: 1, bytes: 1_000, oldest: null } });
    expect(awaiting).toMatch(/^For approval +1 packet, 1.0 kB; they are among the waiting$/m);
  });
});

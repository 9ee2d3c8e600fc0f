import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flowProblems, gatherFacts, lawsOfCode } from './gather-facts.ts';
import type { Facts, Laws, Machine } from './invariants/invariant.ts';
import { findingText, INVARIANTS, lint } from './lint.ts';
import { parseConfig } from './read-config.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const LAWS = lawsOfCode();
const LARGE: Machine = {
  openFiles: 1_048_576,
  diskBytes: 500 * 1024 ** 3,
  now: NOW,
  writtenAt: NOW,
  keyFileCost: LAWS.keyFileCost,
};

interface Change {
  readonly yaml?: string;
  readonly laws?: Partial<Laws>;
  readonly machine?: Partial<Machine>;
}

function facts({ yaml = '', laws, machine }: Change): Facts {
  const config = parseConfig(`folder: /f\n${yaml}`, '/etc/enroute/core.yaml');
  return { config, laws: { ...LAWS, ...laws }, machine: { ...LARGE, ...machine } };
}

/** What breaks each invariant, and what just does not. */
const CASES: Readonly<Record<string, readonly [broken: Change, kept: Change]>> = {
  'disk-guard-covers-running-uploads': [
    { yaml: 'gateway: { uploads: { leastFreeBytes: 5000000, most: 70 } }' },
    { yaml: 'gateway: { uploads: { leastFreeBytes: 33554433, most: 2 } }' },
  ],
  'disk-is-large-enough-for-its-guard': [
    { machine: { diskBytes: 20 * 1024 ** 3 } },
    { machine: { diskBytes: undefined } },
  ],
  'poll-heartbeat-within-idle-time': [
    { yaml: 'gateway: { connections: { idleSeconds: 39 } }' },
    { yaml: 'gateway: { connections: { idleSeconds: 40 } }' },
  ],
  'poll-heartbeat-within-usual-proxy-limit': [{ laws: { pollHeartbeatSeconds: 60 } }, {}],
  'connections-outlive-the-pause-between-requests': [{ laws: { keepAliveSeconds: 60 } }, {}],
  'file-descriptors-for-all-connections': [{ machine: { openFiles: 1_024 } }, { machine: { openFiles: undefined } }],
  'tls-beyond-this-machine': [
    { yaml: 'gateway: { host: 0.0.0.0, publicUrl: "https://x.example/" }' },
    { yaml: 'gateway: { host: 0.0.0.0, publicUrl: "https://x.example/", trustProxy: [10.0.0.1] }' },
  ],
  'proxy-before-the-gateway-is-named': [
    { yaml: 'gateway: { publicUrl: "https://x.example/" }' },
    { yaml: 'gateway: { publicUrl: "https://x.example/", trustProxy: [127.0.0.1] }' },
  ],
  'public-address-where-people-reach-it': [
    { yaml: 'gateway: { publicUrl: "http://x.example/", tls: { cert: /c, key: /k } }' },
    { yaml: 'gateway: { publicUrl: "https://x.example/", tls: { cert: /c, key: /k } }' },
  ],
  'drain-ends-before-the-kill': [{ yaml: 'gateway: { drainSeconds: 9 }' }, { yaml: 'gateway: { drainSeconds: 8 }' }],
  'cluster-keeps-copies': [
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true, n: 1 }\nvault: { kind: store }' },
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true, n: 3 }\nvault: { kind: store }' },
  ],
  'copies-can-outvote-one': [
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true, n: 2 }\nvault: { kind: store }' },
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true }\nvault: { kind: store }' },
  ],
  'a-majority-writes-and-reads': [
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true, n: 3, w: 1 }\nvault: { kind: store }' },
    { yaml: 'store: { kind: couchdb, url: "https://db/", cluster: true, n: 3, w: 1, r: 3 }\nvault: { kind: store }' },
  ],
  'copies-only-in-a-cluster': [
    { yaml: 'store: { kind: couchdb, url: "https://db/", n: 3 }\nvault: { kind: store }' },
    { yaml: 'store: { kind: couchdb, url: "https://db/", n: 1 }\nvault: { kind: store }' },
  ],
  'couchdb-over-tls': [
    { yaml: 'store: { kind: couchdb, url: "http://db:5984/" }\nvault: { kind: store }' },
    { yaml: 'store: { kind: couchdb, url: "http://127.0.0.1:5984/" }\nvault: { kind: store }' },
  ],
  'every-gateway-reaches-every-packet': [
    { yaml: 'store: { kind: couchdb, url: "https://db/" }' },
    { yaml: 'store: { kind: couchdb, url: "https://db/" }\nvault: { kind: store }' },
  ],
  'key-file-is-slow-to-guess': [
    { machine: { keyFileCost: { memoryKiB: 64 * 1024, passes: 2 } } },
    { machine: { keyFileCost: undefined } },
  ],
  'uploads-outlive-the-waits-for-them': [{ laws: { unfinishedUploadDays: 15 } }, {}],
  'every-outcome-has-a-route': [{ laws: { flowProblems: ['"uin" has no route for "reject"'] } }, {}],
  'lease-outlives-missed-heartbeats': [
    { yaml: 'worker: { leaseSeconds: 9, heartbeatSeconds: 3 }' },
    { yaml: 'worker: { leaseSeconds: 10, heartbeatSeconds: 3 }' },
  ],
  'one-process-has-all-stages-and-lanes': [
    { yaml: 'worker: { lanes: 0-15 }' },
    {
      yaml: 'store: { kind: couchdb, url: "http://127.0.0.1:5984/" }\nvault: { kind: store }\nworker: { lanes: 0-15 }',
    },
  ],
  'batch-fits-into-window': [
    { yaml: 'worker: { batch: 51, window: 50 }' },
    { yaml: 'worker: { batch: 50, window: 50 }' },
  ],
  'session-is-idle-before-it-ends': [
    { yaml: 'people: { sessionIdleMinutes: 60, sessionHours: 1 }' },
    { yaml: 'people: { sessionIdleMinutes: 59, sessionHours: 1 }' },
  ],
  'station-token-outlives-clock-tolerance': [
    { laws: { stationTokenSeconds: 120 } },
    { laws: { stationTokenSeconds: 121 } },
  ],
  'invitations-are-short-lived': [
    { yaml: 'stations: { invitationHours: 169 }' },
    { yaml: 'stations: { invitationHours: 168 }' },
  ],
  'clock-is-not-behind-this-file': [
    { machine: { writtenAt: new Date('2026-03-01T12:00:01.000Z') } },
    { machine: { writtenAt: undefined } },
  ],
};

const named = (change: Change): string[] => lint(facts(change)).map(({ invariant }) => invariant);

describe('config lint', () => {
  it('finds nothing in the defaults', () => {
    expect(lint(facts({}))).toEqual([]);
  });

  it('has a case for every invariant, and a name for each once', () => {
    expect(INVARIANTS.map(({ name }) => name)).toEqual(Object.keys(CASES));
  });

  it.each(Object.entries(CASES))('%s: found where it is broken, and only there', (name, [broken, kept]) => {
    expect(named(broken)).toContain(name);
    expect(named(kept)).not.toContain(name);
  });

  it('counts the copies of a cluster where nobody has said how many there are', () => {
    const store = (what: string): Change => {
      return { yaml: `store: { kind: couchdb, url: "https://db/", ${what} }\nvault: { kind: store }` };
    };
    expect(named(store('cluster: true, w: 1, r: 1'))).toContain('a-majority-writes-and-reads');
    expect(named(store('cluster: true, w: 2'))).toEqual([]);
    expect(named(store('w: 1, r: 1'))).toEqual([]);
  });

  it('guards no disk that no upload fills', () => {
    const yaml = 'gateway: { uploads: { leastFreeBytes: 0 } }\nvault: { kind: store }';
    expect(named({ yaml, machine: { diskBytes: 20 * 1024 ** 3 } })).toEqual([]);
  });

  it('says what is broken, by which values, and what to change; errors first', () => {
    const findings = lint(facts({ yaml: 'gateway: { drainSeconds: 20 }\nworker: { batch: 60, window: 50 }' }));
    expect(findings.map(({ severity }) => severity)).toEqual(['error', 'warning']);
    expect(findings.map(findingText).join('\n')).toMatch(
      /batch-fits-into-window: .*\n {2}worker.batch = 60.*\n {2}Set worker.window to 60/,
    );
  });

  it("reads what the core's key file costs whoever guesses", async () => {
    const folder = await mkdtemp(join(quickTmpdir(), 'enroute-lint-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const config = parseConfig(`folder: ${folder}\n`, '/etc/enroute/core.yaml');
    const warned = async () => lint(await gatherFacts(config, undefined, NOW)).map(({ invariant }) => invariant);
    expect(await warned()).not.toContain('key-file-is-slow-to-guess');
    await writeKeyFile(join(folder, 'core-keys.json'), 'twelve letters', {}, QUICK_COST);
    expect(await warned()).toContain('key-file-is-slow-to-guess');
  });

  it('loads the shipped flows, as a worker does at its start', async () => {
    expect(await flowProblems({ flows: [], stages: [] })).toEqual([]);
  });

  it("loads the country's own stages and flows, and says what is wrong with them", async () => {
    const stages = parseConfig('folder: /f\npipeline: { stages: [{ name: x, module: ./none.ts }] }', '/etc/core.yaml')
      .pipeline.stages;
    expect((await flowProblems({ flows: [], stages })).join()).toContain('ENR-STG-008');
    expect((await flowProblems({ flows: ['/none.yaml'], stages: [] })).join()).toContain('/none.yaml');
  });
});

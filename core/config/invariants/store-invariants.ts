/** Documents and packets: where they lie, and how many copies there are. */
import { type Invariant, isLoopback } from './invariant.ts';

/** Where nothing is said of them, and there are as many nodes. */
const COPIES_IN_A_CLUSTER = 3;

export const STORE_INVARIANTS: readonly Invariant[] = [
  {
    name: 'cluster-keeps-copies',
    severity: 'error',
    broken: ({ config }) => {
      const { kind, cluster, n } = config.store;
      if (kind !== 'couchdb' || !cluster || n !== 1) return undefined;
      return {
        values: { 'store.n': n, 'store.cluster': cluster },
        sentence: 'With one node of the cluster a part of all documents is lost.',
        change: 'Set store.n to 3; databases that exist already keep the copies that they were made with.',
      };
    },
  },
  {
    name: 'copies-can-outvote-one',
    severity: 'warning',
    broken: ({ config }) => {
      const { kind, cluster, n } = config.store;
      if (kind !== 'couchdb' || !cluster || n === null || n === 1 || n % 2 === 1) return undefined;
      return {
        values: { 'store.n': n },
        sentence: 'An even number of copies outlives no more nodes than one copy less.',
        change: `Set store.n to ${n + 1}.`,
      };
    },
  },
  {
    name: 'a-majority-writes-and-reads',
    severity: 'error',
    broken: ({ config }) => {
      const { kind, cluster, w, r } = config.store;
      if (kind !== 'couchdb' || (w === null && r === null)) return undefined;
      const n = config.store.n ?? (cluster ? COPIES_IN_A_CLUSTER : 1);
      const majority = Math.floor(n / 2) + 1;
      if ((w ?? majority) + (r ?? majority) > n && (w ?? majority) <= n) return undefined;
      return {
        values: { 'store.n': n, 'store.w': w, 'store.r': r },
        sentence: 'What was answered as durable may not be seen by who reads next, or no write can be answered.',
        change: `Leave store.w and store.r out (${majority} each), or let them add up to more than ${n}.`,
      };
    },
  },
  {
    name: 'copies-only-in-a-cluster',
    severity: 'warning',
    broken: ({ config }) => {
      const { kind, cluster, n } = config.store;
      if (kind !== 'couchdb' || cluster || n === null || n === 1) return undefined;
      return {
        values: { 'store.n': n, 'store.cluster': cluster },
        sentence: 'A single node keeps one copy, whatever is asked for.',
        change: 'Set store.cluster to true where there are several nodes; otherwise leave store.n out.',
      };
    },
  },
  {
    name: 'couchdb-over-tls',
    severity: 'warning',
    broken: ({ config }) => {
      const { kind, url } = config.store;
      if (kind !== 'couchdb' || url === null) return undefined;
      const { protocol, hostname } = new URL(url);
      if (protocol === 'https:' || isLoopback(hostname)) return undefined;
      return {
        values: { 'store.url': url },
        sentence: "The CouchDB's password crosses the network in the clear.",
        change: 'Reach it by https, or through a tunnel that ends on this machine.',
      };
    },
  },
  {
    name: 'every-gateway-reaches-every-packet',
    severity: 'warning',
    broken: ({ config }) => {
      if (config.store.kind !== 'couchdb' || config.vault.kind === 'store') return undefined;
      return {
        values: { 'store.kind': config.store.kind, 'vault.kind': config.vault.kind },
        sentence: 'A packet that one machine has taken is not there for a gateway or worker on another.',
        change: 'Set vault.kind to store; or keep to one machine.',
      };
    },
  },
  {
    name: 'key-file-is-slow-to-guess',
    severity: 'warning',
    broken: ({ machine, laws }) => {
      const { keyFileCost: cost } = machine;
      const { memoryKiB, passes } = laws.keyFileCost;
      if (!cost || (cost.memoryKiB >= memoryKiB && cost.passes >= passes)) return undefined;
      return {
        values: { 'core-keys.json memoryKiB': cost.memoryKiB, 'core-keys.json passes': cost.passes },
        sentence: "The core's key file was written as for a test: whoever has a copy tries passphrases quickly.",
        change:
          'Stop the core and run `enroute core rotate-keys`, which writes the file anew; then destroy all copies.',
      };
    },
  },
];

/** The gateway's door: connections, TLS, uploads, and how long who waits for what. */
import type { CoreConfig } from '../core-config.ts';
import { type Invariant, isLoopback } from './invariant.ts';

/** A proxy that nobody has told otherwise breaks off what is silent for so long. */
const USUAL_PROXY_IDLE_SECONDS = 60;
/** Whoever supervises processes commonly kills one that has not ended so long after SIGTERM. */
const USUAL_STOP_SECONDS = 10;
/** Behind the drain the limits are kept, the batch at hand ends, and the databases are closed. */
const REST_OF_STOP_SECONDS = 2;
/** Besides connections, uploads and databases: log, listening socket, libraries, epoll. */
const OTHER_DESCRIPTORS = 100;
/** The bytes and the note of an upload. */
const DESCRIPTORS_OF_UPLOAD = 2;
/** Of a disk, where that is less than what is set; see admission.ts. */
const SHARE_OF_DISK = 20;

/** Otherwise uploads lie in the store from their first byte on. */
function fillsDisk({ vault }: CoreConfig): boolean {
  return vault.kind === 'disk';
}

export const GATEWAY_INVARIANTS: readonly Invariant[] = [
  {
    name: 'disk-guard-covers-running-uploads',
    severity: 'error',
    broken: ({ config, laws }) => {
      if (!fillsDisk(config)) return undefined;
      const { most, leastFreeBytes } = config.gateway.uploads;
      const needed = most * laws.largestPacketBytes;
      if (leastFreeBytes > needed) return undefined;
      return {
        values: {
          'gateway.uploads.leastFreeBytes': leastFreeBytes,
          'gateway.uploads.most': most,
          largestPacketBytes: laws.largestPacketBytes,
        },
        sentence: 'Uploads that were let in may fill the disk to its end, and documents can not be written then.',
        change: `Set gateway.uploads.leastFreeBytes above ${needed}, or let fewer uploads in at once.`,
      };
    },
  },
  {
    name: 'disk-is-large-enough-for-its-guard',
    severity: 'warning',
    broken: ({ config, laws, machine }) => {
      if (machine.diskBytes === undefined || !fillsDisk(config)) return undefined;
      const { most, leastFreeBytes } = config.gateway.uploads;
      const guard = Math.min(leastFreeBytes, machine.diskBytes / SHARE_OF_DISK);
      if (guard > most * laws.largestPacketBytes) return undefined;
      return {
        values: { 'gateway.uploads.most': most, diskBytes: machine.diskBytes, guardBytes: Math.floor(guard) },
        sentence: 'The disk is so small that its last twentieth may be filled by uploads that were let in before.',
        change: `Let at most ${Math.max(1, Math.floor(guard / laws.largestPacketBytes) - 1)} uploads in at once, or take a larger disk.`,
      };
    },
  },
  {
    name: 'poll-heartbeat-within-idle-time',
    severity: 'error',
    broken: ({ config, laws }) => {
      const { idleSeconds } = config.gateway.connections;
      if (laws.pollHeartbeatSeconds * 2 <= idleSeconds) return undefined;
      return {
        values: {
          'gateway.connections.idleSeconds': idleSeconds,
          pollHeartbeatSeconds: laws.pollHeartbeatSeconds,
        },
        sentence: 'A station that waits for news is cut off by the gateway before the second sign of life.',
        change: `Set gateway.connections.idleSeconds to ${laws.pollHeartbeatSeconds * 2} or more.`,
      };
    },
  },
  {
    name: 'poll-heartbeat-within-usual-proxy-limit',
    severity: 'error',
    broken: ({ laws }) => {
      if (laws.pollHeartbeatSeconds < USUAL_PROXY_IDLE_SECONDS) return undefined;
      return {
        values: { pollHeartbeatSeconds: laws.pollHeartbeatSeconds, usualProxySeconds: USUAL_PROXY_IDLE_SECONDS },
        sentence: 'A proxy with its usual settings cuts off stations that wait for news.',
        change: 'Have polls beat more often; this is fixed in the code.',
      };
    },
  },
  {
    name: 'connections-outlive-the-pause-between-requests',
    severity: 'warning',
    broken: ({ laws }) => {
      const { keepAliveSeconds } = laws;
      if (keepAliveSeconds > laws.stationHeartbeatSeconds) return undefined;
      return {
        values: {
          keepAliveSeconds,
          stationHeartbeatSeconds: laws.stationHeartbeatSeconds,
        },
        sentence:
          'Each heartbeat of a station needs a new connection: over TLS and a slow link that is a second or more.',
        change: 'Keep connections longer than that; both are fixed in the code.',
      };
    },
  },
  {
    name: 'file-descriptors-for-all-connections',
    severity: 'warning',
    broken: ({ config, laws, machine }) => {
      if (machine.openFiles === undefined) return undefined;
      const { connections, uploads } = config.gateway;
      const databases = config.store.kind === 'folder' ? laws.openDatabases * laws.descriptorsOfDatabase : 0;
      const needed = connections.most + uploads.most * DESCRIPTORS_OF_UPLOAD + databases + OTHER_DESCRIPTORS;
      if (machine.openFiles >= needed) return undefined;
      return {
        values: {
          'gateway.connections.most': connections.most,
          'gateway.uploads.most': uploads.most,
          openFiles: machine.openFiles,
          needed,
        },
        sentence:
          'Before the most connections are open the process can open no file any more, not even to write a document.',
        change: `Raise the limit of open files to ${needed} (ulimit -n, LimitNOFILE), or lower gateway.connections.most.`,
      };
    },
  },
  {
    name: 'tls-beyond-this-machine',
    severity: 'warning',
    broken: ({ config }) => {
      const { host, tls, trustProxy } = config.gateway;
      if (isLoopback(host) || tls.cert !== null || trustProxy.length > 0) return undefined;
      return {
        values: { 'gateway.host': host, 'gateway.tls.cert': null, 'gateway.trustProxy': '[]' },
        sentence: 'Passwords and cookies of people cross the network in the clear.',
        change:
          'Set gateway.tls, or listen on 127.0.0.1 behind a proxy that has TLS and state it in gateway.trustProxy.',
      };
    },
  },
  {
    name: 'proxy-before-the-gateway-is-named',
    severity: 'error',
    broken: ({ config }) => {
      const { publicUrl, tls, trustProxy } = config.gateway;
      const isBehindProxy = publicUrl?.startsWith('https:') === true && tls.cert === null;
      if (!isBehindProxy || trustProxy.length > 0) return undefined;
      return {
        values: { 'gateway.publicUrl': publicUrl, 'gateway.tls.cert': null, 'gateway.trustProxy': '[]' },
        sentence:
          'Everybody seems to come from the proxy that has TLS, so one who asks too often shuts all others out.',
        change: "State the proxy's address in gateway.trustProxy, or set gateway.tls.",
      };
    },
  },
  {
    name: 'public-address-where-people-reach-it',
    severity: 'warning',
    broken: ({ config }) => {
      const { host, publicUrl, tls } = config.gateway;
      if (publicUrl === null) {
        if (isLoopback(host)) return undefined;
        return {
          values: { 'gateway.host': host, 'gateway.publicUrl': null },
          sentence: 'Invitations of stations and links for people name an address that they may not reach.',
          change: 'Set gateway.publicUrl to the address that stations and people use.',
        };
      }
      if (tls.cert === null || publicUrl.startsWith('https:')) return undefined;
      return {
        values: { 'gateway.publicUrl': publicUrl, 'gateway.tls.cert': tls.cert },
        sentence: 'Invitations and links name plain HTTP, and the gateway speaks TLS.',
        change: 'Begin gateway.publicUrl with https://.',
      };
    },
  },
  {
    name: 'drain-ends-before-the-kill',
    severity: 'warning',
    broken: ({ config }) => {
      const { drainSeconds } = config.gateway;
      if (drainSeconds + REST_OF_STOP_SECONDS <= USUAL_STOP_SECONDS) return undefined;
      return {
        values: { 'gateway.drainSeconds': drainSeconds, usualStopSeconds: USUAL_STOP_SECONDS },
        sentence: 'Whoever supervises the process may kill it before it has ended by itself.',
        change: `Set gateway.drainSeconds to ${USUAL_STOP_SECONDS - REST_OF_STOP_SECONDS} or less, or the supervisor's stop time to ${REST_OF_STOP_SECONDS} seconds more (TimeoutStopSec, stop_grace_period).`,
      };
    },
  },
];

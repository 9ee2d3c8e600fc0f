/**
 * The one configuration file of a core, gateway or worker. Everything has a default, so an empty file is a configuration;
 * what is not known is refused. Secrets do not belong in it: they come from the environment. Each value's description
 * stands in the table of docs/operations.md, and a test holds the two together.
 */
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { DEFAULT_CONNECTIONS } from '../gateway/door/connection-limits.ts';
import { DEFAULT_ADMISSION } from '../gateway/uploads/admission.ts';
import { DEFAULT_PRESSURE } from '../ops/census/pressure.ts';
import { countryStagesSchema } from '../pipeline/country/stage-config.ts';
import { DEFAULT_VALID_HOURS, MAX_VALID_HOURS } from '../stations/invitations.ts';

const HOUR_MS = 60 * 60_000;
const GIBIBYTE = 1024 ** 3;

const whole = (least: number, most: number, fallback: number, what: string) =>
  z.int().min(least).max(most).default(fallback).describe(what);

const flag = (fallback: boolean, what: string) => z.boolean().default(fallback).describe(what);

/** Without a slash at its end, and without "..": what is beside it must not come to lie in it. */
const absolute = z
  .string()
  .refine(isAbsolute, 'It must be an absolute path.')
  .overwrite((path) => resolve(path));

/** http or https, with nothing secret in it. */
const plainUrl = (what: string) =>
  z
    .url({ protocol: /^https?$/ })
    .refine((url) => {
      const { username, password } = new URL(url);
      return username === '' && password === '';
    }, 'User and password come from the environment, not from this file.')
    .nullable()
    .default(null)
    .describe(what);

const storeSchema = z
  .strictObject({
    kind: z
      .enum(['folder', 'couchdb'])
      .default('folder')
      .describe('`folder`: the embedded store, for one process; `couchdb`: CouchDB 3.3 or newer, for any number'),
    url: plainUrl('of the CouchDB; user and password from COUCHDB_USER and COUCHDB_PASSWORD'),
    prefix: z
      .string()
      .regex(/^([a-z][a-z0-9_-]{0,63})?$/, 'It must be [a-z][a-z0-9_-]*, at most 64 characters.')
      .default('enroute_')
      .describe('before the names of databases, so that several cores can share a CouchDB'),
    q: z
      .int()
      .min(1)
      .max(64)
      .nullable()
      .default(null)
      .describe('shards of a database that is made; null: 2, and 1 of a channel'),
    n: z
      .int()
      .min(1)
      .max(9)
      .nullable()
      .default(null)
      .describe('copies of each shard; null: 3 where there are as many nodes, else 1'),
    w: z
      .int()
      .min(1)
      .max(9)
      .nullable()
      .default(null)
      .describe(
        'copies that a write waits for; null: a majority. All of them where a document decides between writers',
      ),
    r: z
      .int()
      .min(1)
      .max(9)
      .nullable()
      .default(null)
      .describe('copies that a read compares; null: a majority. All of them in the same databases'),
    cluster: flag(false, 'whether the CouchDB has several nodes; for `config lint`'),
    requestSeconds: whole(1, 600, 30, 'one request to CouchDB may take'),
  })
  .prefault({})
  .refine(({ kind, url }) => kind !== 'couchdb' || url !== null, {
    path: ['url'],
    message: 'With kind: couchdb it must be there.',
  });

const tlsSchema = z
  .strictObject({
    cert: absolute.nullable().default(null).describe('certificate, with those up to its authority (PEM file)'),
    key: absolute.nullable().default(null).describe('its key (PEM file)'),
    clientCa: absolute
      .nullable()
      .default(null)
      .describe('authority of the certificates that stations must show (PEM file); null: they show none'),
  })
  .prefault({})
  .refine(({ cert, key }) => (cert === null) === (key === null), 'Both cert and key are needed, or neither.')
  .refine(({ cert, clientCa }) => clientCa === null || cert !== null, 'clientCa needs cert and key.');

const gatewaySchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
    port: whole(0, 65_535, 8080, 'port to listen on; 0: any that is free'),
    tls: tlsSchema,
    publicUrl: plainUrl(
      'how stations and people reach the gateway; in invitations and sign-in links. null: where it listens',
    ),
    trustProxy: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
      .max(64)
      .default([])
      .describe('addresses or networks of proxies before it, whose word about who asks counts, e.g. `10.1.0.0/16`'),
    connections: z
      .strictObject({
        most: whole(16, 1_000_000, DEFAULT_CONNECTIONS.most, 'open at once; further ones are closed again'),
        mostOfAddress: whole(
          1,
          1_000_000,
          DEFAULT_CONNECTIONS.mostOfAddress,
          'of them, of one address that is no trusted proxy',
        ),
        idleSeconds: whole(5, 3_600, 120, 'without a byte during a request, before it is broken off'),
      })
      .prefault({}),
    uploads: z
      .strictObject({
        most: whole(1, 100_000, DEFAULT_ADMISSION.mostUploads, 'at once, of all stations'),
        leastFreeBytes: whole(
          0,
          1024 * GIBIBYTE,
          5 * GIBIBYTE,
          'of the disk (or a twentieth, where that is less): with less room no upload begins',
        ),
        progressSeconds: whole(1, 60, 2, 'a station is told so often how much of a packet is durable'),
        backlog: whole(
          100,
          1_000_000_000,
          DEFAULT_PRESSURE.depth,
          'registrations that wait in the pipeline: from half of that on stations send less, beyond it nothing',
        ),
        backlogHours: whole(
          1,
          10_000,
          DEFAULT_PRESSURE.ageMs / HOUR_MS,
          'that half of many have waited for a stage: likewise',
        ),
      })
      .prefault({}),
    rates: z
      .strictObject({
        stationPerMinute: whole(60, 1_000_000, 3_000, 'requests of a station at its channel'),
        uploadPerMinute: whole(60, 1_000_000, 6_000, "requests of a station's uploads"),
        peoplePerMinute: whole(10, 1_000_000, 900, 'requests of a person or service'),
        addressPerMinute: whole(
          10,
          1_000_000,
          600,
          'requests of an address for what anybody may ask, as the pages of the console',
        ),
      })
      .prefault({}),
    drainSeconds: whole(0, 600, 8, 'after SIGTERM, for what is under way'),
  })
  .prefault({});

const peopleSchema = z
  .strictObject({
    sessionIdleMinutes: whole(1, 24 * 60, 30, 'a session ends when it is not used for so long'),
    sessionHours: whole(1, 7 * 24, 12, 'a session ends after so long, used or not'),
    secondFactor: z
      .enum(['optional', 'required'])
      .default('required')
      .describe('of administrators and adjudicators; `optional` is for a pilot'),
  })
  .prefault({});

const workerSchema = z
  .strictObject({
    batch: whole(1, 1_000, 50, 'registrations that are worked on at once'),
    window: whole(1, 100_000, 1_000, 'registrations that wait in memory'),
    stages: z
      .string()
      .min(1)
      .max(4_000)
      .nullable()
      .default(null)
      .describe(
        'those that its workers run, e.g. `packet,quality`, or leave to others, e.g. `!quality`; null: all run here',
      ),
    lanes: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('those of which a worker takes its share, e.g. `0-15,20`; null: all 64'),
    leaseSeconds: whole(3, 600, 10, 'without a sign of life, before other workers take over'),
    heartbeatSeconds: whole(1, 60, 3, 'between signs of life'),
    censusSeconds: whole(5, 3_600, 15, 'between two counts of where all registrations are, at the least'),
    conservationMinutes: whole(1, 7 * 24 * 60, 60, 'between two checks that none is missing, at the least'),
    stuckMinutes: whole(1, 7 * 24 * 60, 15, 'without a move, before a registration may count as stuck'),
    metricsHost: z.string().min(1).max(255).default('127.0.0.1').describe('where a worker alone shows its metrics'),
    metricsPort: z.int().min(1).max(65_535).nullable().default(null).describe('its port there; null: none'),
    unfinishedCheckHours: whole(1, 7 * 24, 6, 'between two looks for uploads that nobody will finish'),
  })
  .prefault({});

const pipelineSchema = z
  .strictObject({
    flows: z
      .array(absolute)
      .max(64)
      .default([])
      .describe("the country's own flow files, beside this file unless absolute; see docs/pipeline.md"),
    stages: countryStagesSchema
      .default([])
      .describe("the country's own stages, modules and services; see docs/adding-a-stage.md"),
  })
  .prefault({});

export const coreConfigSchema = z.strictObject({
  folder: absolute.describe('what the core keeps on this machine: keys, log, embedded store, vault'),
  store: storeSchema,
  vault: z
    .strictObject({
      kind: z.enum(['disk', 'store']).default('disk').describe('packets: in the folder, or in the store in parts'),
    })
    .prefault({}),
  gateway: gatewaySchema,
  people: peopleSchema,
  stations: z
    .strictObject({
      invitationHours: whole(1, MAX_VALID_HOURS, DEFAULT_VALID_HOURS, 'an invitation is good for, unless it is said'),
    })
    .prefault({}),
  worker: workerSchema,
  pipeline: pipelineSchema,
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('least that is logged'),
    })
    .prefault({}),
});

export type CoreConfig = z.infer<typeof coreConfigSchema>;

/** What holds where nothing is said. @param folder absolute */
export function defaultConfig(folder: string): CoreConfig {
  return coreConfigSchema.parse({ folder });
}

/** A station's side of its channel over a real gateway: its two collections in SQLite files, and what was told of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestPacket,
  type TestStation,
} from '@enroute/core/gateway/gateway.fixture.ts';
import { openTestDatabase } from '@enroute/edge-agent/queue/station-database.fixture.ts';
import type { StationDatabase } from '@enroute/edge-agent/queue/station-database.ts';
import type { CoreWord } from '@enroute/shared/schemas/core-word.ts';
import { type Receipt, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { type ChannelReplication, replicateChannel } from '@enroute/sync/channel/replicate-channel.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { type OpenLink, openLink } from '@enroute/sync/link/open-link.fixture.ts';
import { onTestFinished } from 'vitest';

export interface Told {
  readonly accepted: string[];
  readonly answers: { readonly id: string; readonly wanted: boolean; readonly ended: boolean }[];
  readonly refused: [id: string, code: string][];
  readonly unreadable: [id: string, code: string][];
  readonly words: CoreWord[];
  readonly link: boolean[];
  readonly trouble: unknown[];
}

export interface ChannelChange {
  readonly pollMs?: number;
  readonly pollHeartbeatMs?: number;
  readonly baseUrl?: string;
}

export interface TestChannel {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly told: Told;
  /** What the core said can't be noted while this is true. */
  readonly notes: { refused: boolean };
  /** The station's disk takes no write while this is true. */
  readonly disk: { full: boolean };
  database(): StationDatabase;
  readonly link: OpenLink;
  start(change?: ChannelChange): ChannelReplication;
  /** Closes the station's files and opens them again, as a restart does. The replication must be stopped. */
  reopen(): Promise<void>;
}

export async function openTestChannel(): Promise<TestChannel> {
  const gateway = await openTestGateway({ now: () => new Date() });
  const station = await registered(gateway);
  const database = await openTestDatabase();
  const notes = { refused: false };
  const link = openLink();
  const told: Told = {
    accepted: [],
    answers: [],
    refused: [],
    unreadable: [],
    words: [],
    link: link.went,
    trouble: [],
  };
  const running: ChannelReplication[] = [];
  onTestFinished(async () => {
    await Promise.all(running.map((replication) => replication.stop()));
  });
  return {
    gateway,
    station,
    told,
    link,
    notes,
    disk: database.disk,
    database: database.current,
    start: (change = {}) => {
      const client = new GatewayClient({
        baseUrl: change.baseUrl ?? gateway.url,
        station: station.number,
        signingKey: station.signing,
        now: () => new Date(),
      });
      const replication = replicateChannel({
        client,
        outgoing: database.current().outgoing,
        incoming: database.current().incoming,
        link,
        pollMs: change.pollMs ?? 20_000,
        ...(change.pollHeartbeatMs === undefined ? {} : { pollHeartbeatMs: change.pollHeartbeatMs }),
        diskBackOff: { baseMs: 20, capMs: 100 },
        knownEpoch: () => told.words.at(-1)?.epoch ?? gateway.keys.epoch,
        onAccepted: async (id, wanted, ended) => {
          if (notes.refused) throw new Error('the disk takes no note');
          told.accepted.push(id);
          told.answers.push({ id, wanted, ended });
        },
        onCoreWord: async (word) => void told.words.push(word),
        onRefused: async (id, code) => void told.refused.push([id, code]),
        onUnreadable: (id, code) => told.unreadable.push([id, code]),
        onTrouble: (error) => told.trouble.push(error),
      });
      onTestFinished(() => client.close());
      running.push(replication);
      return replication;
    },
    reopen: async () => {
      await database.reopen();
    },
  };
}

/** Writes a packet's manifest on the station's side. */
export async function announceHere(channel: TestChannel, { rid, manifest }: TestPacket): Promise<void> {
  await channel.database().outgoing.insert({ id: `manifest:${rid}`, body: manifest });
}

export function receiptFor({ gateway, station }: TestChannel, packet: TestPacket): Receipt & { readonly _id: string } {
  const body = {
    v: 1,
    rid: packet.rid,
    station: station.number,
    digest: packet.sealed.digest,
    at: new Date().toISOString(),
    epoch: 'first',
    kind: 'RECEIVED',
  } as const;
  return { ...signReceipt(body, gateway.keys.signing), _id: receiptId(packet.rid, 'RECEIVED') };
}

export async function incomingIds(channel: TestChannel): Promise<string[]> {
  const found = await channel.database().incoming.find().exec();
  return found.map(({ id }) => id).sort();
}

/** @throws Error when it does not come true in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const patience = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > patience) throw new Error(`Waited ${withinMs} ms for ${what}, in vain.`);
    await sleep(10);
  }
}

/** Rejections that nobody handled while the test ran; Node ends a process for one. */
export function unhandledRejections(): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return seen;
}

/** True when the packet's manifest is a registration. */
export async function arrived({ gateway }: TestChannel, { rid }: TestPacket): Promise<boolean> {
  return (await registrationOf(gateway, rid)) !== undefined;
}

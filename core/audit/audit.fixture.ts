/** What the tests of the audit share: a database of its own on a real store, and writers to it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPair, newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { onTestFinished } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { Database, Doc, Store, Stored } from '../store/store.ts';
import { type Audit, type AuditNote, newWriter, openAudit } from './audit.ts';
import { type EntryDoc, EVERY_ENTRY } from './entry.ts';

export const START = new Date('2026-03-01T10:00:00.000Z');

export interface TestAudit {
  readonly store: Store;
  readonly database: Database;
  readonly signing: KeyPair;
  /** Another run of a process; by its own clock, or one that goes on a second with each note. */
  writer(options?: Partial<Parameters<typeof openAudit>[0]>): Audit;
  entries(): Promise<Stored<EntryDoc>[]>;
  /** Puts documents there as somebody would who has the store and no key. */
  force(...docs: readonly Doc[]): Promise<void>;
}

export async function openTestAudit(): Promise<TestAudit> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-audit-'));
  const fail = (error: Error): never => {
    throw error;
  };
  const store = await openStore({ folder, onFatal: fail });
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  let databases = 0;
  const database = await store.database(`audit${databases++}`);
  const signing = newSigningKeyPair();
  let seconds = 0;
  const now = (): Date => new Date(START.getTime() + 1_000 * seconds++);
  return {
    store,
    database,
    signing,
    writer: (options = {}) => openAudit({ database, writer: newWriter(), signing, now, ...options }),
    entries: () => database.range<EntryDoc>({ ...EVERY_ENTRY, limit: 1_000 }),
    force: async (...docs) => {
      for (const result of await database.write(docs)) if (!result.ok) throw new Error(result.detail);
    },
  };
}

export function note(n = 0): AuditNote {
  return { by: 'amina', act: 'station.suspend', done: `station 10001${n}`, outcome: 'done', requestId: `request-${n}` };
}

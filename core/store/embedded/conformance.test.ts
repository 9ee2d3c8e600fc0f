import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { describe } from 'vitest';
import { type Place, storesIn } from '../conformance/harness.ts';
import { storeConformance } from '../store.conformance.ts';

async function folderPlace(): Promise<Place> {
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-store-'));
  return { options: { folder }, dispose: () => rm(folder, { recursive: true }) };
}

describe('the embedded store', () => storeConformance(storesIn(folderPlace)));

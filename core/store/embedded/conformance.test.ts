import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { type Place, storesIn } from '../conformance/harness.ts';
import { storeConformance } from '../store.conformance.ts';

async function folderPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-store-'));
  return { options: { folder }, dispose: () => rm(folder, { recursive: true }) };
}

describe('the embedded store', () => storeConformance(storesIn(folderPlace)));

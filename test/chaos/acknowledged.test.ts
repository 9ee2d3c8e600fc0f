import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uploadId } from '@enroute/sync/upload/upload-id.ts';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../durability/folder.fixture.ts';
import { lackingIn, openAcknowledgedLog, readAcknowledged } from './acknowledged.ts';

const RID = '10001100770000120260301100000';
const DIGEST = 'ab'.repeat(32);

describe('what the core has acknowledged', () => {
  it('is known afterwards, the most of each packet', () => {
    const path = join(freshFolder(), 'acknowledged.log');
    expect(readAcknowledged(path)).toEqual([]);
    const log = openAcknowledgedLog(path);
    for (const bytes of [0, 100, 50, 200]) log.note({ rid: RID, digest: DIGEST, bytes });
    expect(readAcknowledged(path)).toEqual([{ rid: RID, digest: DIGEST, bytes: 200 }]);
  });

  it('is named when the core has less of it, and not when the packet is in the vault', () => {
    const core = freshFolder();
    const told = [{ rid: RID, digest: DIGEST, bytes: 200 }];
    expect(lackingIn(core, told)).toEqual([`${RID}: 200 bytes were acknowledged, 0 are there`]);
    mkdirSync(join(core, 'incoming'));
    writeFileSync(join(core, 'incoming', uploadId(RID, DIGEST)), Buffer.alloc(199));
    expect(lackingIn(core, told)).toHaveLength(1);
    writeFileSync(join(core, 'incoming', uploadId(RID, DIGEST)), Buffer.alloc(200));
    expect(lackingIn(core, told)).toEqual([]);
    mkdirSync(join(core, 'vault', 'ab'), { recursive: true });
    writeFileSync(join(core, 'vault', 'ab', `${DIGEST}.enrp`), '');
    expect(lackingIn(core, [{ rid: RID, digest: DIGEST, bytes: 1_000 }])).toEqual([]);
  });
});

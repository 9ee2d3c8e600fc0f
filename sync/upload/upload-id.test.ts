import { describe, expect, it } from 'vitest';
import { ridOfUpload, uploadId } from './upload-id.ts';

const rid = '10001100770000120260301100000';
const digest = 'ab'.repeat(32);

describe('the id of an upload', () => {
  it('tells the RID, and is the same for the same packet', () => {
    expect(ridOfUpload(uploadId(rid, digest))).toBe(rid);
    expect(uploadId(rid, digest)).toBe(uploadId(rid, digest));
    expect(uploadId(rid, digest)).not.toBe(uploadId(rid, 'ba'.repeat(32)));
  });

  it('is never a path, nor anything else', () => {
    const ids = [
      '',
      '.',
      '..',
      rid,
      `${rid}.`,
      `${rid}.${digest}`,
      `../${rid}.${digest.slice(0, 32)}`,
      `${rid}.${'AB'.repeat(16)}`,
      `${uploadId(rid, digest)}.json`,
      `${uploadId(rid, digest)}/..`,
    ];
    for (const id of ids) expect(ridOfUpload(id), id).toBeUndefined();
  });
});

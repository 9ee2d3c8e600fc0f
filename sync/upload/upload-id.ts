import { isRid } from '@enroute/shared/rid/rid.ts';

/** Where the gateway takes uploads, relative to its address. */
export const UPLOADS_PATH = 'uploads';

/**
 * An upload is named by what it carries, so a lost answer never makes a second copy, and a station that lost its memory
 * still finds the upload that it began.
 */
export function uploadId(rid: string, digest: string): string {
  return `${rid}.${digest.slice(0, 32)}`;
}

/** The RID in an upload's id, or undefined when it is not one. */
export function ridOfUpload(id: string): string | undefined {
  const [rid = '', digest = '', ...rest] = id.split('.');
  return isRid(rid) && /^[0-9a-f]{32}$/.test(digest) && rest.length === 0 ? rid : undefined;
}

/** Builds the recorder (`sync-recorder.c`) and says how a process is started under it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'sync-recorder.c');

export interface SyncRecorder {
  readonly library: string;
  remove(): void;
}

/** @returns why there can be none on this machine, where there can be none. */
export function buildSyncRecorder(): SyncRecorder | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: 'the sync recorder needs Linux (LD_PRELOAD)' };
  const folder = mkdtempSync(join(tmpdir(), 'enroute-sync-recorder-'));
  const library = join(folder, 'sync-recorder.so');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl', '-lpthread'], { stdio: 'pipe' });
  } catch (error) {
    remove();
    if ((error as { code?: unknown }).code === 'ENOENT')
      return { missing: 'the sync recorder needs a C compiler (cc)' };
    throw error;
  }
  return { library, remove };
}

export interface Recording {
  /** The folder that is watched. */
  readonly root: string;
  /** Where its record lies. */
  readonly record: string;
  /** The process is killed as it begins its n-th sync; not at all when absent. */
  readonly cutAtSync: number | undefined;
}

/** The environment of a process that is recorded. */
export function recordedEnvironment(library: string, recording: Recording): NodeJS.ProcessEnv {
  mkdirSync(join(recording.record, 'files'), { recursive: true });
  mkdirSync(join(recording.record, 'folders'), { recursive: true });
  return {
    ...process.env,
    LD_PRELOAD: library,
    ENROUTE_SYNC_ROOT: recording.root,
    ENROUTE_SYNC_RECORD: recording.record,
    ENROUTE_CUT_AT_SYNC: String(recording.cutAtSync ?? 0),
    // The recorder sees libc's calls; these would go past it.
    UV_USE_IO_URING: '0',
  };
}

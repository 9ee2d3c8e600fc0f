/**
 * A disk as data: which names lead to which files, and where the bytes of each file can be read. Two of them tell what
 * a power cut may leave: what was synced (the record of `sync-recorder.c`), and what the process had written (the
 * folder itself, as a kill leaves it).
 */
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** "<inode>-<time of birth in ns>", as the recorder writes it. */
export type FileId = string;

export interface Entry {
  readonly id: FileId;
  readonly kind: 'file' | 'folder';
}

export interface Disk {
  readonly root: FileId;
  /** The names in each folder; a folder that is not here has none. */
  readonly folders: ReadonlyMap<FileId, ReadonlyMap<string, Entry>>;
  /** A file's bytes; undefined for one that has none on this disk. */
  bytes(id: FileId): Buffer | undefined;
}

const LINE = /^(\d+-\d+) ([fd]) (.+)$/;

function idOf(path: string): FileId {
  const { ino, birthtimeNs } = lstatSync(path, { bigint: true });
  return `${ino}-${birthtimeNs}`;
}

/** The folder as it lies there. */
export function liveDisk(root: string): Disk {
  const folders = new Map<FileId, Map<string, Entry>>();
  const paths = new Map<FileId, string>();
  function visit(path: string): FileId {
    const id = idOf(path);
    const names = new Map<string, Entry>();
    folders.set(id, names);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) {
        names.set(entry.name, { id: visit(inside), kind: 'folder' });
      } else {
        const file = idOf(inside);
        paths.set(file, inside);
        names.set(entry.name, { id: file, kind: 'file' });
      }
    }
    return id;
  }
  const rootId = visit(root);
  const bytes = (id: FileId): Buffer | undefined => {
    const path = paths.get(id);
    return path === undefined ? undefined : readFileSync(path);
  };
  return { root: rootId, folders, bytes };
}

/** What stood on the disk when the machine was switched on counts as synced. */
export function beginRecord(root: string, record: string): void {
  const files = join(record, 'files');
  const folders = join(record, 'folders');
  mkdirSync(files, { recursive: true });
  mkdirSync(folders, { recursive: true });
  const disk = liveDisk(root);
  function note(folder: FileId, path: string): void {
    const lines: string[] = [];
    for (const [name, { id, kind }] of disk.folders.get(folder) ?? []) {
      lines.push(`${id} ${kind === 'folder' ? 'd' : 'f'} ${name}\n`);
      if (kind === 'folder') note(id, join(path, name));
      else copyFileSync(join(path, name), join(files, id));
    }
    writeFileSync(join(folders, folder), lines.join(''));
  }
  note(disk.root, root);
}

/** What was synced, by the record. */
export function syncedDisk(root: string, record: string): Disk {
  const folders = new Map<FileId, Map<string, Entry>>();
  for (const id of readdirSync(join(record, 'folders'))) {
    // What the recorder was about to write when it was killed.
    if (!id.endsWith('~')) folders.set(id, readNames(join(record, 'folders', id)));
  }
  const bytes = (id: FileId): Buffer | undefined => {
    const path = join(record, 'files', id);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  return { root: idOf(root), folders, bytes };
}

function readNames(path: string): Map<string, Entry> {
  const names = new Map<string, Entry>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const [, id, kind, name] = LINE.exec(line) ?? [];
    if (id === undefined || name === undefined) throw new Error(`The record holds a line that can't be read: ${line}`);
    names.set(name, { id, kind: kind === 'd' ? 'folder' : 'file' });
  }
  return names;
}

/** Makes a disk a folder again. A file of which only the name was synced is there, and empty. */
export function writeDisk(disk: Disk, folder: string): void {
  function write(id: FileId, path: string): void {
    mkdirSync(path, { recursive: true });
    for (const [name, entry] of disk.folders.get(id) ?? []) {
      if (entry.kind === 'folder') write(entry.id, join(path, name));
      else writeFileSync(join(path, name), disk.bytes(entry.id) ?? Buffer.alloc(0), { mode: 0o600 });
    }
  }
  write(disk.root, folder);
}

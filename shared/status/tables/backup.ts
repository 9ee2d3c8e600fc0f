/** Backup and restore of a core on the embedded store. */
import type { StatusTable } from '../status-table.ts';

export const BACKUP_STATUS = {
  'ENR-BAK-001': {
    sentence: 'The folder is not empty.',
    next: 'Name a folder that is empty or not there yet.',
  },
  'ENR-BAK-002': {
    sentence: 'This is no whole backup: its manifest is missing or can not be read.',
    next: 'Take another one; a backup that was broken off has no manifest.',
  },
  'ENR-BAK-003': {
    sentence: 'A file of the backup is damaged or missing.',
    next: 'Nothing was restored. Take another backup, or a copy of this one.',
  },
  'ENR-BAK-004': {
    sentence: 'Documents are in a CouchDB, which this command does not back up.',
    next: 'Back the CouchDB up as docs/operations.md says, then the folder.',
  },
} as const satisfies StatusTable;

/** The file of one database: the connection that writes and the one that reads, opened and closed together. */
import { openPouch, type PouchHandle } from '@enroute/sync/disk/pouch.ts';
import { PouchReader } from './pouch-reader.ts';

export interface DatabaseFile {
  readonly pouch: PouchHandle;
  readonly reader: PouchReader;
  close(): Promise<void>;
}

/**
 * @param onFatal called once when the file itself is failing
 * @throws the SQLite error when the file can't be opened or is not a database.
 */
export async function openDatabaseFile(file: string, onFatal: (error: Error) => void): Promise<DatabaseFile> {
  const pouch = await openPouch(file, { onFatal, autoCompaction: true });
  try {
    const reader = new PouchReader(file);
    const close = async (): Promise<void> => {
      reader.close();
      await pouch.close();
    };
    return { pouch, reader, close };
  } catch (error) {
    await pouch.close();
    throw error;
  }
}

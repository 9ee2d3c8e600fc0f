/**
 * `websql` requires `sqlite3` when it is loaded, but Enroute hands it a database of its own, on `node:sqlite`.
 * Whoever still opens this one has gone round the guarded opener, and must be told at once.
 */
class Database {
  constructor() {
    throw new Error('sqlite3 is not part of Enroute: open PouchDB through sync/disk/pouch.ts, which uses node:sqlite.');
  }
}

module.exports = { Database, verbose: () => module.exports };

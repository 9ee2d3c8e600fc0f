/** For a test: issues RIDs and prints each, until it is killed. */
import { openRidIssuer } from './rid-issuer.ts';
import { openStationDatabase } from './station-database.ts';

const [folder = '', station = ''] = process.argv.slice(2);
const database = await openStationDatabase({
  station,
  folder,
  onFatal: (error) => {
    throw error;
  },
});
const issuer = openRidIssuer(database.counters, station);
for (;;) {
  process.stdout.write(`${await issuer.issue(new Date('2026-03-01T10:00:00Z'))}\n`);
}

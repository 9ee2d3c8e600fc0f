/** Fills a core for this bench. Arguments: a place, a backlog. */
import { backlogSchema } from '@enroute/test/simulation/backlog/backlog.ts';
import { fillCore, registerStations } from '@enroute/test/simulation/backlog/fill-core.ts';
import { openPlace, placeOfArguments } from '@enroute/test/simulation/backlog/place.ts';
import { pino } from 'pino';
import { readInput } from '../enqueue/input.ts';

const core = await openPlace(placeOfArguments(), pino({ level: 'error' }, process.stderr));
const backlog = backlogSchema.parse(JSON.parse(process.argv[3] ?? ''));
const { enrolment } = await readInput(new Date(backlog.at));
if (backlog.from === 0) await registerStations(core);
const packetBytes = await fillCore(core, backlog, enrolment);
await core.close();
process.stdout.write(JSON.stringify({ packetBytes }));

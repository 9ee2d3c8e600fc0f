import { ar as people } from './people/ar.ts';
import { ar as pipeline } from './pipeline/ar.ts';
import { ar as records } from './records/ar.ts';
import { ar as session } from './session/ar.ts';
import { ar as station } from './station/ar.ts';
import { ar as stations } from './stations/ar.ts';

export const ar = { ...session, ...stations, ...station, ...people, ...records, ...pipeline };

/** The page's texts in English, which also say which texts there are. */
import { en as people } from './people/en.ts';
import { en as pipeline } from './pipeline/en.ts';
import { en as records } from './records/en.ts';
import { en as session } from './session/en.ts';
import { en as station } from './station/en.ts';
import { en as stations } from './stations/en.ts';

export const en = { ...session, ...stations, ...station, ...people, ...records, ...pipeline };

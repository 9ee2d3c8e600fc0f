import { fr as people } from './people/fr.ts';
import { fr as pipeline } from './pipeline/fr.ts';
import { fr as records } from './records/fr.ts';
import { fr as session } from './session/fr.ts';
import { fr as station } from './station/fr.ts';
import { fr as stations } from './stations/fr.ts';

export const fr = { ...session, ...stations, ...station, ...people, ...records, ...pipeline };

import { type Rng, rngOf } from './rng.ts';
import { type Word, word } from './words.ts';

/** An invented country, the same for every seed: a city lies in its own province, and a province in its own region. */
export interface Place {
  readonly region: Word;
  readonly province: Word;
  readonly city: Word;
  readonly postalCode: string;
}

const REGIONS = 6;
const PROVINCES = 4;
const CITIES = 5;

const PLACES: readonly Place[] = foundCountry(rngOf('the invented country'));

function foundCountry(rng: Rng): Place[] {
  const places: Place[] = [];
  for (let r = 0; r < REGIONS; r++) {
    const region = word(rng, 3);
    for (let p = 0; p < PROVINCES; p++) {
      const province = word(rng, 3);
      for (let c = 0; c < CITIES; c++) {
        places.push({ region, province, city: word(rng, 2), postalCode: `${r + 1}${p + 1}${c}00` });
      }
    }
  }
  return places;
}

export function placeOf(rng: Rng): Place {
  return rng.pick(PLACES);
}

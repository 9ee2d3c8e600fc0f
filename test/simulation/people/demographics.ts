import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { placeOf } from './places.ts';
import { rngOf } from './rng.ts';
import { joined, same, texts, type Word, word } from './words.ts';

const DAY_MS = 86_400_000;
const ADULT_DAYS = 18 * 365.25;
const OLDEST_DAYS = 85 * 365.25;

const STREETS: readonly Word[] = [
  { eng: 'Street', fra: 'Rue', ara: 'شارع' },
  { eng: 'Avenue', fra: 'Avenue', ara: 'جادة' },
  { eng: 'Lane', fra: 'Allée', ara: 'زقاق' },
];
const QUARTER: Word = { eng: 'Quarter', fra: 'Quartier', ara: 'حي' };
const HOUSE: Word = { eng: 'House', fra: 'Maison', ara: 'دار' };

/** A phone number takes eight digits; an odd step not divisible by five visits each of them once. */
const PHONES = 100_000_000;
const PHONE_STEP = 48_271_693;

/** The form of one adult: the same seed and index give the same person, whatever else is drawn. */
export function identityOf(seed: number, index: number, now: Date): Identity {
  const rng = rngOf('identity', seed, index);
  const given = word(rng, rng.between(2, 3));
  const family = word(rng, rng.between(2, 4));
  const fullName = joined([given, family]);
  const ageDays = rng.between(Math.ceil(ADULT_DAYS), Math.floor(OLDEST_DAYS));
  const born = new Date(now.getTime() - ageDays * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/');
  const place = placeOf(rng);
  const house = rng.between(1, 240);
  const kind = rng.pick(STREETS);
  const street = word(rng, 2);
  const quarter = word(rng, 2);
  const line1: Word = {
    eng: `${house} ${street.eng} ${kind.eng}`,
    fra: `${house} ${kind.fra} ${street.fra}`,
    ara: `${house} ${kind.ara} ${street.ara}`,
  };
  const phone = ((index % PHONES) * PHONE_STEP + rngOf('phones', seed).below(PHONES)) % PHONES;
  return {
    IDSchemaVersion: 0.1,
    fullName: texts(fullName),
    dateOfBirth: born,
    gender: texts(same(rng.pick(['MLE', 'FLE']))),
    addressLine1: texts(line1),
    addressLine2: texts(joined([QUARTER, quarter])),
    addressLine3: texts(joined([HOUSE, same(String(rng.between(1, 60)))])),
    region: texts(place.region),
    province: texts(place.province),
    city: texts(place.city),
    zone: texts(quarter),
    postalCode: place.postalCode,
    phone: `06${String(phone).padStart(8, '0')}`,
    email: `${given.eng}.${family.eng}.${index}@example.org`.toLowerCase(),
  };
}

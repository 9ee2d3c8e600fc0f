import { describeTexts } from '@enroute/shared/ui/texts.fixture.ts';
import { expect, it } from 'vitest';
import { ar } from './ar.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { en as people } from './people/en.ts';
import { en as pipeline } from './pipeline/en.ts';
import { en as records } from './records/en.ts';
import { en as session } from './session/en.ts';
import { en as station } from './station/en.ts';
import { en as stations } from './stations/en.ts';

describeTexts({ en, fr, ar });

it('No text is said twice: one would hide the other', () => {
  const keys = [people, pipeline, records, session, station, stations].flatMap((texts) => Object.keys(texts));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
